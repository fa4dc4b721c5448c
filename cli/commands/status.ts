import type { ServiceStatus } from '../../src/contract/status.ts';
import { EXIT } from '../exit-codes.ts';
import { keptLines } from '../output/kept.ts';
import type { Style } from '../output/style.ts';
import { type Column, table } from '../output/table.ts';
import { age } from '../output/time.ts';
import { trafficLines } from '../output/traffic.ts';
import { warningLines } from '../output/warning.ts';
import { harmless } from '../output/width.ts';
import { list, paintStatus, servingText } from '../output/words.ts';
import { selectServices } from '../select.ts';
import type { Session } from '../session.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
}

export const status: Verb<Options> = {
  define: (command) =>
    command
      .argument('[services...]', 'only these')
      .option('-p, --project <name>', 'only this project')
      .addHelpText(
        'after',
        examples(
          ['orca status', 'every service'],
          ['orca status web', 'one of them, with its requests by revision'],
          ['orca status web --json', 'the same, for a program'],
        ),
      ),

  run: async (session, names, { project }) => {
    const { output } = session;
    const answer = await (await session.client()).status(project);
    const services = selectServices(answer.services, names);
    if (output.json) {
      await output.emit({ ...answer, services });
      return EXIT.done;
    }
    output.note(...warningLines(answer.warnings, output.notes));
    if (services.length === 0) output.note(...emptyLines(project));
    else await output.print(...statusLines(services, session, names.length > 0));
    return EXIT.done;
  },
};

/** An empty answer says how to begin. */
const emptyLines = (project: string | undefined): string[] => [
  `no services yet${project === undefined ? '' : ` in project ${project}`}`,
  'try: orca deploy -f examples/hello/orca.yml',
];

const COLUMNS: readonly Column[] = [
  { title: 'SERVICE' },
  { title: 'PROJECT' },
  { title: 'STATUS' },
  { title: 'REPLICAS', align: 'right' },
  { title: 'REV', align: 'right' },
  { title: 'UP', align: 'right' },
  { title: 'IMAGE', shrinks: true },
  { title: 'DOMAIN', shrinks: true },
];

/** The table, what there is to know about a service in lines below its row. @param detailed with its requests */
function statusLines(services: readonly ServiceStatus[], { output, now }: Session, detailed: boolean): string[] {
  const { style, width } = output;
  const at = now();
  const [head = '', ...rows] = table(
    COLUMNS,
    services.map((service) => cells(service, style, at)),
    width,
  );
  return [
    style.faint(head),
    ...services.flatMap((service, index) => [
      rows[index] ?? '',
      ...remarks(service, style, at),
      ...(detailed && service.traffic ? trafficLines(service.traffic, at).map((line) => `  ${line}`) : []),
    ]),
  ];
}

function cells(service: ServiceStatus, style: Style, at: number): string[] {
  const [domain = '', ...others] = service.domains;
  return [
    style.strong(service.name),
    service.project,
    paintStatus(service.status, style),
    replicasText(service, style),
    String(service.revision),
    upTime(service, at),
    service.image,
    others.length > 0 ? `${domain} +${others.length}` : domain,
  ];
}

function replicasText({ running_replicas, replicas }: ServiceStatus, style: Style): string {
  const text = servingText({ running_replicas, replicas });
  return (running_replicas ?? 0) < replicas ? style.warn(text) : text;
}

/** Since its oldest running task started. */
function upTime({ tasks }: ServiceStatus, at: number): string {
  const starts = tasks.flatMap(({ state, started_at }) =>
    state === 'running' && started_at !== null ? [started_at] : [],
  );
  return starts.length === 0 ? '-' : age(at - Math.min(...starts));
}

function remarks(service: ServiceStatus, style: Style, at: number): string[] {
  const { status: word, reason, last_failure, scaled_from, unknown } = service;
  return [
    ...(word === 'running' || reason === '' ? [] : [`${word}: ${harmless(reason)}`]),
    ...keptLines(service.tasks),
    ...(scaled_from === null ? [] : [`scaled by hand: the file says ${scaled_from}`]),
    ...(last_failure ? [`last failure ${age(at - last_failure.at)} ago: ${harmless(last_failure.reason)}`] : []),
    ...(unknown.length > 0 ? [`containers that no task accounts for: ${list(unknown)}`] : []),
  ].map((line) => style.faint(`  └ ${line}`));
}
