import { seconds } from './report/figures.ts';
import type { Report } from './report/report.ts';
import { median } from './report/statistics.ts';
import type { Setting } from './section.ts';
import type { Healed } from './tasks/fleet.ts';
import { measureInside, withCluster } from './tasks/lab.ts';

/** How long until a service whose only container was killed answers again. */
export async function killed({ quick, rounds = quick ? 1 : 7, say }: Setting): Promise<Report> {
  const lines = await withCluster({ swarm: true }, (orca) =>
    measureInside(orca, { what: 'killed', rounds }, (line) => say(JSON.stringify(line))),
  );
  const of = (fleet: string) => lines.filter((line) => line.fleet === fleet).map((line) => line as unknown as Healed);
  const after = (fleet: string) => of(fleet).map((one) => one.after);
  const [ours, worst] = [median(after('orca')), Math.max(...after('orca'))];
  const between = total(of('orca'));
  const cut = of('orca').map((one) =>
    Object.entries(one.between).reduce((sum, [status, count]) => sum + (isCut(status) ? count : 0), 0),
  );
  return {
    title: 'A killed container',
    how: HOW.replace('ROUNDS', String(rounds)),
    columns: ['', 'serving again, median', 'slowest'],
    rows: ['orca', 'Swarm'].map((fleet) => [fleet, seconds(median(after(fleet))), seconds(Math.max(...after(fleet)))]),
    goals: [
      {
        what: 'serving again',
        goal: '<= 1 s',
        measured: `${seconds(ours)}, at most ${seconds(worst)}`,
        met: worst <= 1000,
      },
      {
        what: 'not routed to in between',
        goal: 'one request cut at most, then 503',
        measured:
          Object.entries(between)
            .map(([status, count]) => `${count} x ${status}`)
            .join(', ') || 'no request',
        met: Math.max(...cut) <= 1,
      },
    ],
    records: lines,
  };
}

const HOW = `\`docker kill\` of the only container of a service, behind the back of whoever runs it, until a new one answers: with orca through its
ingress, asked every 5 to 10 ms all the time; with Swarm at its own address, every 5 ms from the moment Docker tells its start. Swarm waits
for 5 s before it starts a new one, unless told otherwise. ROUNDS rounds in turn. An answer of 200 in between came from the killed container
before the signal reached it.`;

/** It reached the dying container, or nobody there: the first that does takes the target out of routing. */
const isCut = (status: string): boolean => status !== '503' && status !== '200';

/** Answers in between of all rounds, by status. */
function total(healed: readonly Healed[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const { between } of healed)
    for (const [status, count] of Object.entries(between)) sums[status] = (sums[status] ?? 0) + count;
  return sums;
}
