import type { ServiceStatus, TaskStatus } from '../../src/contract/status.ts';
import { EXIT } from '../exit-codes.ts';
import { timeOfDay } from '../output/kept.ts';
import { type Column, table } from '../output/table.ts';
import { age } from '../output/time.ts';
import { isOfCanary, trafficLines } from '../output/traffic.ts';
import { warningLines } from '../output/warning.ts';
import { harmless } from '../output/width.ts';
import { paintStatus, taskName, taskWord } from '../output/words.ts';
import { selectServices } from '../select.ts';
import type { Session } from '../session.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
  readonly all?: boolean;
}

export const ps: Verb<Options> = {
  define: (command) =>
    command
      .argument('[services...]', 'only these')
      .option('-p, --project <name>', 'only this project')
      .option('-a, --all', 'ended tasks too')
      .addHelpText(
        'after',
        examples(['orca ps', 'every task'], ['orca ps web --all', 'those of web, the ended ones too']),
      ),

  run: async (session, names, { project, all }) => {
    const { output } = session;
    const status = await (await session.client()).status(project);
    const services = selectServices(status.services, names);
    const rows = services.flatMap((service) =>
      service.tasks.filter((task) => all || !isOver(task)).map((task) => ({ service, task })),
    );
    if (output.json) {
      await output.emit(
        rows.map(({ service, task }) => ({ project: service.project, service: service.name, ...task })),
      );
      return EXIT.done;
    }
    output.note(...warningLines(status.warnings, output.notes));
    if (rows.length === 0) output.note(emptyText(services));
    else
      await output.print(
        ...table(
          COLUMNS,
          rows.map((row) => cells(row, session)),
          output.width,
        ),
        ...services.flatMap((service) => canaryLines(service, session)),
      );
    return EXIT.done;
  },
};

/** Why it gets no requests; of one that does, why it was restarted. */
function reasonText({ domains }: ServiceStatus, task: TaskStatus, at: number): string {
  const { reason, routed, restarts, last_restart: last, kept_until } = task;
  if (typeof kept_until === 'number') return `kept until ${timeOfDay(kept_until)}`;
  if (taskWord(task) !== 'running' || (domains.length > 0 && !routed)) return reason;
  return last && restarts > 0 ? `${last.reason} ${age(at - last.at)} ago, restarted` : '';
}

/** What two revisions did over the same minutes, while each has a part of the requests. */
function canaryLines({ name, traffic }: ServiceStatus, { now }: Session): string[] {
  if (traffic === null || !isOfCanary(traffic)) return [];
  const [first = '', ...lines] = trafficLines(traffic, now());
  return ['', `${name}: ${first}`, ...lines];
}

const isOver = ({ state }: TaskStatus): boolean => state === 'stopped' || state === 'failed';

const emptyText = (services: readonly ServiceStatus[]): string =>
  services.length === 0
    ? 'no tasks: there are no services yet'
    : 'no tasks run (`orca ps --all` shows those that ended)';

const COLUMNS: readonly Column[] = [
  { title: 'TASK' },
  { title: 'PROJECT' },
  { title: 'STATE' },
  { title: 'NODE' },
  { title: 'REV', align: 'right' },
  { title: 'UP', align: 'right' },
  { title: 'RESTARTS', align: 'right' },
  { title: 'ID' },
  { title: 'REASON', shrinks: true },
];

function cells({ service, task }: { service: ServiceStatus; task: TaskStatus }, { output, now }: Session): string[] {
  const { style } = output;
  const word = taskWord(task);
  const up = task.started_at === null || isOver(task) ? '-' : age(now() - task.started_at);
  return [
    style.strong(taskName(service.name, task)),
    service.project,
    paintStatus(word, style),
    task.node,
    String(task.revision),
    up,
    String(task.restarts),
    style.faint(task.id),
    style.faint(harmless(reasonText(service, task, now()))),
  ];
}
