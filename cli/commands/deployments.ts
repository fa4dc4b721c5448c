import { Option } from 'commander';
import type { DeploymentBody } from '../../src/contract/deployments.ts';
import { notFound } from '../../src/core/errors.ts';
import { DEPLOYMENT_STATES } from '../../src/core/model/deployment.ts';
import { MAX_LIMIT } from '../bounds.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { wholeNumber } from '../options.ts';
import { causeLines } from '../output/failure.ts';
import { releaseLine } from '../output/release.ts';
import type { Style } from '../output/style.ts';
import { type Column, table } from '../output/table.ts';
import { age, took } from '../output/time.ts';
import { harmless } from '../output/width.ts';
import { paintOutcome, paintStatus, taskName, taskWord } from '../output/words.ts';
import { selectServices, serviceReference } from '../select.ts';
import type { Session } from '../session.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
  readonly state?: string;
  readonly limit: number;
}

export const deployments: Verb<Options> = {
  define: (command) =>
    command
      .argument('[service-or-id]', "a service's, or one by its number")
      .option('-p, --project <name>', 'only this project')
      .addOption(new Option('--state <state>', 'only those').choices(DEPLOYMENT_STATES))
      .option('-n, --limit <count>', 'at most so many', wholeNumber(1, MAX_LIMIT), 20)
      .addHelpText(
        'after',
        examples(['orca deployments web', 'how those of web went'], ['orca deployments 12', 'one, and why it failed']),
      ),

  run: (session, [what], options) =>
    what !== undefined && /^\d+$/.test(what) ? showOne(session, what) : showList(session, what, options),
};

async function showOne({ client, output, now }: Session, text: string): Promise<ExitCode> {
  const id = Number(text);
  if (!Number.isSafeInteger(id)) throw notFound('deployment', text);
  const deployment = await (await client()).deployment(id);
  if (output.json) await output.emit(deployment);
  else await output.print(...detailLines(deployment, output.style, now()));
  return EXIT.done;
}

async function showList(
  { client, output, now }: Session,
  what: string | undefined,
  options: Options,
): Promise<ExitCode> {
  const { state, limit } = options;
  const { name, project } =
    what === undefined ? { name: undefined, project: options.project } : serviceReference(what, options.project);
  const answer = await (await client()).deployments({ service: name, project, state, limit });
  if (output.json) {
    await output.emit(answer);
    return EXIT.done;
  }
  const found = answer.deployments;
  if (found.length === 0) await showNone({ client, output }, what, options);
  else
    await output.print(
      ...table(
        COLUMNS,
        found.map((one) => cells(one, output.style, now())),
        output.width,
      ),
    );
  if (answer.total > found.length) output.note(output.notes.faint(olderText(answer.total, found.length, limit)));
  return EXIT.done;
}

/** A service that is not there may have deployments still; one that has none may be a wrong name. */
async function showNone(
  { client, output }: Pick<Session, 'client' | 'output'>,
  what: string | undefined,
  { project, state }: Options,
): Promise<void> {
  if (what !== undefined) {
    const { services } = await (await client()).status(project);
    selectServices(services, [what]);
  }
  if (what === undefined && project === undefined && state === undefined)
    output.note('no deployments yet', 'try: orca deploy');
  else output.note('no such deployments');
}

/** With an option that is accepted; nothing goes beyond it. */
function olderText(total: number, shown: number, limit: number): string {
  const older = total - shown === 1 ? '1 older one' : `${total - shown} older ones`;
  return limit < MAX_LIMIT ? `${older}: --limit ${Math.min(total, MAX_LIMIT)}` : older;
}

const COLUMNS: readonly Column[] = [
  { title: 'ID', align: 'right' },
  { title: 'SERVICE' },
  { title: 'PROJECT' },
  { title: 'STATE' },
  { title: 'REVISION' },
  { title: 'AGO', align: 'right' },
  { title: 'TOOK', align: 'right' },
  { title: 'REASON', shrinks: true },
];

const cells = (one: DeploymentBody, style: Style, at: number): string[] => [
  String(one.id),
  style.strong(one.service),
  one.project,
  paintOutcome(one.state, style),
  revisions(one),
  age(at - one.started_at),
  one.ended_at === null ? '-' : took(one.ended_at - one.started_at),
  style.faint(harmless(one.reason)),
];

const revisions = ({ from, to }: DeploymentBody): string => (from === null ? String(to) : `${from} -> ${to}`);

/** `canary, step 2 of 3, 25 % of the requests` */
const strategyText = ({ strategy, step, weight }: DeploymentBody): string =>
  step === null ? strategy : `${strategy}, step ${step}, ${weight} % of the requests`;

function detailLines(one: DeploymentBody, style: Style, at: number): string[] {
  const duration =
    one.ended_at === null ? `for ${took(at - one.started_at)}` : `in ${took(one.ended_at - one.started_at)}`;
  return [
    `deployment ${one.id} of ${style.strong(`${one.project}/${one.service}`)}: ${paintOutcome(one.state, style)} ${duration}, ${age(at - one.started_at)} ago`,
    `  revision ${revisions(one)}, ${strategyText(one)}`,
    ...(one.reason === '' ? [] : [`  ${harmless(one.reason)}`]),
    ...(one.release ? [`  ${releaseLine(one.release)}`] : []),
    ...one.tasks.map((task) =>
      `  ${taskName(one.service, task)} ${paintStatus(taskWord(task), style)} ${style.faint(harmless(task.reason))}`.trimEnd(),
    ),
    ...(one.failure ? causeLines(one.service, one.failure, style) : []),
  ];
}
