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
  { name: '12 replaced, said to be done', what: '12 updated', until: 'returned' },
];
const PEERS = ['Docker API', 'Docker API, own network', 'Swarm', 'Swarm, as a stack'] as const;
const OWN = ['orca', 'orca, with a name', 'orca by CLI'] as const;
const FLEETS = [...OWN, ...PEERS] as const;

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
  const shown = (name: string, peer: string) =>
    took(name, peer).length > 0 ? `${seconds(median(took(name, peer)))} (${times(versus(name, peer))})` : '-';
  return {
    title: 'Tasks: new ones, and replaced ones',
    how: HOW.replace('ROUNDS', String(rounds)),
    columns: ['', ...FLEETS],
    rows: TIMED.map(({ name }) => [
      name,
      ...OWN.map((fleet) => seconds(median(took(name, fleet)))),
      ...PEERS.map((peer) => shown(name, peer)),
    ]),
    goals: [
      goalOf('1 new task', 'Swarm, as a stack', 0.6, versus),
      goalOf('1 new task', 'Swarm', 0.6, versus),
      goalOf('12 new tasks', 'Docker API, own network', 1.25, versus),
      goalOf('12 new tasks', 'Docker API', 1.25, versus),
      goalOf('12 replaced, old ones gone', 'Swarm, as a stack', 0.5, versus),
      goalOf('12 replaced, old ones gone', 'Swarm', 0.5, versus),
      failures(lines),
    ],
    records: lines,
  };
}

const HOW = `Medians of ROUNDS rounds, in each of which every contender has its turn; in brackets orca's time by the peer's, the median of the
rounds' own ratios. One Docker Engine in a namespace of its own, image \`orca-test/web\` (busybox, 2 MB, local), \`init\` everywhere. The clock
runs from the request until every task has answered. Nobody polls meanwhile, as that takes from the same two cores: Swarm's and the bare API's
containers are asked at their own addresses, every 5 ms from the moment they start until they have answered once. Orca's are not asked before
its call is back, which is when each was probed twice, routed and acknowledged; only then through the ingress, until each has answered. They may
have answered before that, so this is to orca's disadvantage. Replaced: 3 at a time, start-first, nothing to wait for in between (\`monitor\` 0
everywhere), with orca under 50 requests/s. The old ones are gone when every new one has answered and Docker has told the end of the last old
one: by an event, or to the bare API by the answer to its stop. "Said to be done" is when orca's call is back, and when Swarm's update says
\`completed\`, asked every 50 ms after everything else.

- **orca, with a name** is the same in a project with a second service: each task has a second network, and its name is told and withdrawn; an old one
  stops 3 s later, as clients may keep an answer for so long.
- **Docker API** is the limit: create and start over the socket, all at once, on Docker's default bridge; to replace, three loops of create, start,
  ask, and stop of the old one behind it, and nobody who decides anything.
- **Docker API, own network** is the limit for tasks like orca's: with a fixed address on a network of their own, for which Docker sets up a
  resolver in each container (a dozen processes).
- **Swarm** is a service without any network of its own, its lightest form. **Swarm, as a stack** has the overlay network that \`docker stack
  deploy\` always makes, which is how services of a stack reach one another. On such a network Swarm waits 2 s by design before it stops an old
  task (\`defaultGossipConvergeDelay\` in dockerd), and that wait is in its time until the old ones are gone.`;

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
