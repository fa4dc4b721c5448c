import { interleave } from './interleave.ts';
import { bareOnNodes } from './nodes/bare.ts';
import type { Lost, NodesFleet, Placed } from './nodes/fleet.ts';
import { type BenchNodes, withNodes } from './nodes/lab.ts';
import { orcaOnNodes } from './nodes/orca.ts';
import { swarmOnNodes } from './nodes/swarm.ts';
import { seconds, times } from './report/figures.ts';
import type { Goal, Report } from './report/report.ts';
import { median, pairwise } from './report/statistics.ts';
import type { Setting } from './section.ts';
import type { Updated } from './tasks/fleet.ts';

type Line = { readonly fleet: string; readonly what: string; readonly round: number } & Partial<
  Placed & Updated & Lost
>;
type Moment = 'running' | 'answering' | 'done';

const UPDATED = '12 replaced';
const LOST = 'a machine of three is cut off';
/** As many as there are of them on three machines. */
const TASKS = 6;
const PEERS = ['Docker API', 'Swarm', 'Swarm, as a stack'] as const;
const FLEETS = ['orca', ...PEERS] as const;

/** Orca, a Swarm and the bare API on the same three engines. */
export async function nodes({ quick, rounds = quick ? 1 : 5, say }: Setting): Promise<Report> {
  const sizes = quick ? [1, 12] : [1, 12, 60];
  const lines = await withNodes((place) => measure(place, sizes, rounds, say));
  return reportOf(lines, sizes, rounds);
}

async function measure(
  { lab, engines, cut, mend }: BenchNodes,
  sizes: readonly number[],
  rounds: number,
  say: (what: string) => void,
): Promise<readonly Line[]> {
  const orca = orcaOnNodes(lab, engines);
  const swarms = [swarmOnNodes(engines, false), swarmOnNodes(engines, true)];
  const fleets = [orca, bareOnNodes(engines), ...swarms];
  const ready = async (): Promise<void> => {
    for (const fleet of fleets) await fleet.ready?.();
  };
  const lines: Line[] = [];
  const round = async (what: string, over: readonly NodesFleet[], work: (fleet: NodesFleet) => Promise<object>) => {
    const contenders = over.map((fleet) => ({
      name: fleet.name,
      measure: async () => {
        await ready();
        return work(fleet);
      },
    }));
    await interleave(contenders, rounds, (fleet, number, result) => {
      const line: Line = { fleet, what, round: number, ...result };
      say(JSON.stringify(line));
      lines.push(line);
    });
  };
  for (const size of sizes) await round(newOf(size), fleets, (fleet) => created(fleet, size));
  await round(UPDATED, [orca, ...swarms], updated);
  await round(LOST, [orca, ...swarms], (fleet) => lost(fleet, cut, mend));
  for (const fleet of fleets) await fleet.end?.();
  return lines;
}

const newOf = (size: number): string => `${size} new`;

async function created(fleet: NodesFleet, size: number): Promise<object> {
  const result = await fleet.create(size, '1');
  await fleet.remove();
  return result;
}

async function updated(fleet: NodesFleet): Promise<object> {
  await fleet.create(12, '1');
  const result = await fleet.update?.(12, '2');
  await fleet.remove();
  return { ...result, done: Math.max(result?.answering ?? 0, result?.done ?? 0) };
}

/** What ran on the machine is taken away once it is back. */
async function lost(fleet: NodesFleet, cut: () => Promise<void>, mend: () => Promise<void>): Promise<object> {
  await fleet.create(TASKS, '1');
  const result = await fleet.lose?.(TASKS, cut);
  await mend();
  await fleet.ready?.();
  await fleet.remove();
  return { ...result };
}

function reportOf(lines: readonly Line[], sizes: readonly number[], rounds: number): Report {
  const took = (what: string, fleet: string, moment: Moment): readonly number[] =>
    lines.filter((line) => line.what === what && line.fleet === fleet).flatMap((line) => line[moment] ?? []);
  const versus = (what: string, peer: string, moment: Moment): number =>
    pairwise(took(what, 'orca', moment), took(what, peer, moment));
  const row = (name: string, what: string, moment: Moment): string[] => [
    name,
    ...FLEETS.map((fleet) => {
      const found = took(what, fleet, moment);
      if (found.length === 0) return '-';
      return fleet === 'orca'
        ? seconds(median(found))
        : `${seconds(median(found))} (${times(versus(what, fleet, moment))})`;
    }),
  ];
  const goal = (what: string, peer: string, limit: number, moment: Moment): Goal => {
    const measured = versus(what, peer, moment);
    return { what, goal: `<= ${limit} x ${peer}`, measured: times(measured), met: measured <= limit };
  };
  const slowest = Math.max(...took(LOST, 'orca', 'answering'));
  return {
    title: 'Three machines: new tasks, replaced ones, and a machine that is cut off',
    how: HOW.replace('ROUNDS', String(rounds)),
    columns: ['', ...FLEETS],
    rows: [
      ...sizes.flatMap((size) => [
        row(`${size} new, all run`, newOf(size), 'running'),
        row(`${size} new, all answer`, newOf(size), 'answering'),
      ]),
      row(`${UPDATED}, old ones gone`, UPDATED, 'done'),
      row(`${LOST}: its tasks run elsewhere`, LOST, 'running'),
      row(`${LOST}: all answer`, LOST, 'answering'),
    ],
    goals: [
      goal(newOf(1), 'Swarm, as a stack', 0.6, 'answering'),
      goal(newOf(12), 'Docker API', 1.25, 'answering'),
      ...(sizes.includes(60) ? [goal(newOf(60), 'Docker API', 1.15, 'answering')] : []),
      goal(UPDATED, 'Swarm, as a stack', 0.5, 'done'),
      failures(lines.filter(({ what }) => what === UPDATED)),
      { what: `${LOST}, slowest`, goal: '<= 15 s', measured: seconds(slowest), met: slowest <= 15_000 },
    ],
    records: lines,
  };
}

const HOW = `Medians of ROUNDS rounds in turn; in brackets orca's time by the peer's, the median of the rounds' own ratios. Three engines, each in a
namespace of its own, on one network: at once a cluster of orca (a master and two machines that joined) and a swarm (a manager and two
workers); image and spec as in the section of the tasks. Orca's tasks have answered when its call is back (probed, routed, acknowledged) and each
was asked through the ingress of the master's machine, by that of its own. Those of Swarm and of the bare API, which stands for the limit
(containers like orca's, in turn on each machine, all at once), count as soon as Docker tells their start, and nobody has asked
them: less than orca does. Replaced: 12, 3 at a time, start-first, \`monitor\` 0; with orca under 50 requests/s. Cut off: a service of ${TASKS} tasks, and
one cable that leads nowhere, no end of which is told.`;

function failures(lines: readonly Line[]): Goal {
  const sum = (name: 'requests' | 'failed') => lines.reduce((total, line) => total + (line[name] ?? 0), 0);
  const measured = `${sum('failed')} of ${sum('requests')}`;
  return { what: 'failed requests while 12 are replaced', goal: '0', measured, met: sum('failed') === 0 };
}
