import { resolve } from 'node:path';
import { run } from '../lab/command.ts';
import type { Took, World } from './place/growth.ts';
import { mebibytes, ms, thousands } from './report/figures.ts';
import type { Report } from './report/report.ts';
import { median } from './report/statistics.ts';
import type { Setting } from './section.ts';

type Sized = Omit<World, 'rounds'> & Partial<World>;

/** For one row, ms: on a busy machine as well. */
const TIME = 300_000;

const GROWTH = resolve(import.meta.dirname, 'place/growth.ts');
const SMALL = { nodes: 100, services: 1_000, replicas: 2 };
const LARGE = { nodes: 5_000, services: 5_000, replicas: 20 };
const WORLDS: readonly Sized[] = [
  { nodes: 3, services: 20, replicas: 2 },
  { nodes: 50, services: 500, replicas: 4 },
  SMALL,
  { ...SMALL, spread: 'zone' },
  { nodes: 1_000, services: 1_000, replicas: 20 },
  LARGE,
  { ...LARGE, spread: 'zone' },
  { nodes: 5_000, services: 50_000, replicas: 2, rounds: 1 },
];

/** What it costs to choose nodes, as nodes and tasks become many. */
export async function place({ quick, rounds = quick ? 1 : 5, say }: Setting): Promise<Report> {
  const found: { world: Sized; took: Took }[] = [];
  for (const world of quick ? WORLDS.slice(0, 4) : WORLDS) {
    const took: Took = JSON.parse(await run([process.execPath, GROWTH, JSON.stringify({ rounds, ...world })], TIME));
    say(`${nameOf(world)}: ${ms(median(took.anew))}`);
    found.push({ world, took });
  }
  const of = (wanted: typeof SMALL) => found.find(({ world }) => nameOf(world) === nameOf(wanted))?.took;
  return {
    title: 'Choosing nodes',
    how: `The pure function that planner and \`orca plan\` ask, for every task of every service, each row in a process of its own. Every second service
reserves memory and CPU. CPU time of the process, so that what else the machine does counts less. Anew: none is placed yet. Again: all are, and stay; to sum up what each node has is part of it. Memory is the most the
process took, 60 MB of it Node's own. Medians of ${rounds}, after a warm-up; of the last row one round.`,
    columns: ['Nodes', 'Services', 'Tasks', 'Spread over', 'anew', 'again', 'memory'],
    rows: found.map(({ world, took }) => [
      thousands(world.nodes),
      thousands(world.services),
      thousands(took.placed),
      world.spread === undefined ? 'nodes' : 'nodes, 3 zones',
      ms(median(took.anew)),
      ms(median(took.again)),
      mebibytes(took.memory),
    ]),
    goals: [
      goal('1,000 services on 100 nodes', median(of(SMALL)?.anew ?? []), 100),
      goal('100,000 tasks on 5,000 nodes', median(of(LARGE)?.anew ?? []), 2_000),
      {
        what: 'memory of that',
        goal: '<= 1 GB',
        measured: mebibytes(of(LARGE)?.memory ?? Number.NaN),
        met: (of(LARGE)?.memory ?? Number.NaN) <= 1024 ** 3,
      },
    ].filter(({ measured }) => !measured.startsWith('NaN')),
    records: found.flatMap(({ world, took }) =>
      took.anew.map((value, at) => ({
        ...world,
        round: at + 1,
        anew: value,
        again: took.again[at],
        memory: took.memory,
      })),
    ),
  };
}

const nameOf = ({ nodes, services, spread }: Sized): string =>
  `${thousands(services)} services on ${thousands(nodes)} nodes${spread === undefined ? '' : `, over ${spread}s`}`;

const goal = (what: string, took: number, limit: number) => ({
  what,
  goal: `<= ${thousands(limit)} ms`,
  measured: ms(took),
  met: took <= limit,
});
