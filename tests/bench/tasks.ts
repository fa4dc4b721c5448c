import { seconds, times } from './report/figures.ts';
import type { Goal, Report } from './report/report.ts';
import { median, pairwise } from './report/statistics.ts';
import type { Setting } from './section.ts';
import type { Updated } from './tasks/fleet.ts';
import type { Line } from './tasks/inside.ts';
import { measureInside, withCluster } from './tasks/lab.ts';

type Moment = 'answering' | 'done' | 'returned';

/** What is timed: the case as the measurement names it, and up to which moment. */
const TIMED: readonly { readonly name: string; readonly what: string; readonly until: Moment }[] = [
  { name: '1 new task', what: '1 new', until: 'answering' },
  { name: '12 new tasks', what: '12 new', until: 'answering' },
  { name: '12 replaced, old ones gone', what: '12 updated', until: 'done' },
  { name: '12 replaced, all new ones answer', what: '12 updated', until: 'answering' },
  { name: '1 new task, said to be done', what: '1 new', until: 'returned' },
  { name: '12 new tasks, said to be done', what: '12 new', until: 'returned' },
  { name: '12 replaced, said to be done', what: '12 updated', until: 'returned' },
];
const FLEETS = ['orca', 'orca by CLI', 'Docker API', 'Swarm'] as const;

/** How long until new tasks answer, and until replaced ones do: orca, Docker's own API, Swarm, on one engine. */
export async function tasks({ quick, rounds = quick ? 1 : 9, say }: Setting): Promise<Report> {
  const lines = await withCluster({ swarm: true }, (orca) =>
    measureInside(orca, { what: 'tasks', rounds }, (line) => say(JSON.stringify(line))),
  );
  const took = (name: string, fleet: string): readonly number[] => {
    const timed = TIMED.find((one) => one.name === name);
    const found = lines.filter((line) => line.what === timed?.what && line.fleet === fleet) as unknown as Updated[];
    return found.flatMap((one) => one[timed?.until ?? 'answering'] ?? []);
  };
  const versus = (name: string, peer: string) => pairwise(took(name, 'orca'), took(name, peer));
  const shown = (name: string, peer: string) => (took(name, peer).length > 0 ? times(versus(name, peer)) : '-');
  return {
    title: 'Tasks: new ones, and replaced ones',
    how: HOW.replace('ROUNDS', String(rounds)),
    columns: ['', ...FLEETS, 'orca by limit', 'orca by Swarm'],
    rows: TIMED.map(({ name }) => [
      name,
      ...FLEETS.map((fleet) => (took(name, fleet).length > 0 ? seconds(median(took(name, fleet))) : '-')),
      shown(name, 'Docker API'),
      shown(name, 'Swarm'),
    ]),
    goals: [
      goalOf('1 new task', 'Swarm', 0.6, versus),
      goalOf('12 new tasks', 'Docker API', 1.25, versus),
      goalOf('12 replaced, old ones gone', 'Swarm', 0.5, versus),
      failures(lines),
    ],
    records: lines,
  };
}

const HOW = `Medians of ROUNDS rounds, in each of which every contender has its turn; ratios are the medians of the rounds' own. One Docker
Engine in a namespace of its own, image \`orca-test/web\` (busybox, 2 MB, local), \`init\` everywhere. The clock runs from the request until every
task has answered: with orca through its ingress, where each was probed twice first; with Swarm and the bare API (the limit) at the container's
own address. Replaced: 3 at a time, start-first, nothing to wait for in between (\`monitor\` 0 on both sides), with orca under 50 requests/s; the
old ones are gone when Docker lists none that runs. "Said to be done" is when orca's call returns, and when Swarm's update says \`completed\`.`;

function goalOf(name: string, peer: string, limit: number, versus: (name: string, peer: string) => number): Goal {
  const measured = versus(name, peer);
  return { what: name, goal: `<= ${limit} x ${peer}`, measured: times(measured), met: measured <= limit };
}

function failures(lines: readonly Line[]): Goal {
  const updates = lines as readonly Partial<Updated>[];
  const sum = (name: 'requests' | 'failed') => updates.reduce((total, update) => total + (update[name] ?? 0), 0);
  const measured = `${sum('failed')} of ${sum('requests')}`;
  return { what: 'failed requests meanwhile', goal: '0', measured, met: sum('failed') === 0 };
}
