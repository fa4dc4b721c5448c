import type { ProgressLine } from '../../src/contract/progress.ts';
import type { Output } from './output.ts';
import type { Style } from './style.ts';
import { clockTime, took } from './time.ts';
import { warningLines } from './warning.ts';
import { harmless, pad } from './width.ts';
import { paintStatus, taskName, taskWord } from './words.ts';

/** Tells how a deploy goes, on stderr: a live line a task on a terminal, elsewhere a line a change. */
export interface Progress {
  line(line: ProgressLine): void;
  /** Leaves the last state on the screen. Again: nothing. */
  end(): void;
}

export function createProgress(output: Output, now: () => number): Progress {
  return output.live ? liveProgress(output, now) : plainProgress(output);
}

type TaskLine = Extract<ProgressLine, { type: 'task' }>;
type DeploymentLine = Extract<ProgressLine, { type: 'deployment' }>;
type ServiceLine = Extract<ProgressLine, { type: 'service' }>;

/** A pull is told this often where each telling is a line for good, ms. */
const PULL_EVERY = 10_000;

function plainProgress(output: Output): Progress {
  const last = new Map<string, string>();
  /** When each deployment last told of its pull. */
  const pulls = new Map<number, number>();
  const isTooSoon = ({ pull, deployment, at }: DeploymentLine): boolean => {
    if (!pull) return false;
    if (at - (pulls.get(deployment) ?? Number.NEGATIVE_INFINITY) < PULL_EVERY) return true;
    pulls.set(deployment, at);
    return false;
  };
  const style = output.notes;
  /** The same thing is told once. */
  const told = (key: string, text: string, at: number) => {
    if (last.get(key) === text) return;
    last.set(key, text);
    output.note(`${style.faint(clockTime(at))} ${text}`);
  };
  return {
    line: (line) => {
      if (line.type === 'service') {
        for (const text of serviceTexts(line, style)) told(text, text, line.at);
      } else if (line.type === 'deployment') {
        if ((line.state !== 'pending' || line.reason.startsWith('waits for ')) && !isTooSoon(line))
          told(`${line.project}/${line.service}`, deploymentText(line, style), line.at);
      } else if (line.type === 'task') {
        told(line.task.id, taskText(line, style), line.at);
      }
    },
    end: () => undefined,
  };
}

/** Often enough for the seconds to run, seldom enough for a slow terminal. */
const REDRAW = 250;

function liveProgress(output: Output, now: () => number): Progress {
  const tasks = new Map<string, { readonly line: TaskLine; readonly since: number }>();
  const deployments = new Map<string, DeploymentLine>();
  const style = output.notes;
  const draw = () => output.live?.show(liveLines({ tasks: [...tasks.values()], deployments, style, now: now() }));
  const timer = setInterval(draw, REDRAW);
  timer.unref();
  let ended = false;
  return {
    line: (line) => {
      if (line.type === 'service') output.note(...serviceTexts(line, style));
      if (line.type === 'deployment') deployments.set(keyOf(line), line);
      if (line.type === 'task') {
        const known = tasks.get(line.task.id);
        const same = known !== undefined && taskWord(known.line.task) === taskWord(line.task);
        tasks.set(line.task.id, { line, since: same ? known.since : now() });
      }
      draw();
    },
    end: () => {
      if (ended) return;
      ended = true;
      clearInterval(timer);
      draw();
      output.live?.end();
    },
  };
}

interface Drawn {
  readonly tasks: readonly { readonly line: TaskLine; readonly since: number }[];
  readonly deployments: ReadonlyMap<string, DeploymentLine>;
  readonly style: Style;
  readonly now: number;
}

/** A line a deployment, its tasks below, by slot; tasks that have stopped are left out. */
export function liveLines({ tasks, deployments, style, now }: Drawn): string[] {
  const shown = tasks.filter(({ line }) => line.task.state !== 'stopped');
  const keys = [...new Set([...deployments.keys(), ...shown.map(({ line }) => keyOf(line))])].sort();
  const width = Math.max(0, ...shown.map(({ line }) => taskName(line.service, line.task).length));
  return keys.flatMap((key) => {
    const deployment = deployments.get(key);
    const own = shown.filter(({ line }) => keyOf(line) === key).sort(bySlot);
    return [
      ...(deployment ? [deploymentText(deployment, style)] : []),
      ...own.map(({ line, since }) => taskRow(line, { since, width, style, now })),
    ];
  });
}

type Row = Drawn['tasks'][number];
const bySlot = (a: Row, b: Row) =>
  a.line.task.slot - b.line.task.slot ||
  a.line.task.revision - b.line.task.revision ||
  (a.line.task.id < b.line.task.id ? -1 : 1);

const keyOf = ({ project, service }: { readonly project: string; readonly service: string }) => `${project}/${service}`;

function taskRow(
  line: TaskLine,
  { since, width, style, now }: { since: number; width: number; style: Style; now: number },
) {
  const word = taskWord(line.task);
  const settled = word === 'running' || word === 'failed';
  return [
    ' ',
    pad(taskName(line.service, line.task), width),
    style.faint(`r${line.task.revision}`),
    pad(paintStatus(word, style), 9),
    settled ? '' : style.faint(took(Math.max(0, now - since))),
    settled && word !== 'failed' ? '' : style.faint(harmless(line.task.reason)),
  ]
    .join(' ')
    .trimEnd();
}

function serviceTexts(line: ServiceLine, style: Style): string[] {
  const name = style.strong(line.service);
  return [serviceText(line, name), ...warningLines(line.warnings, style)];
}

function serviceText({ service, action, deployment, reason }: ServiceLine, name: string): string {
  if (action === 'none') return `${name} is unchanged`;
  if (action === 'refused') return `${name} is refused: ${harmless(reason)}`;
  const why = reason === `${service} ${DOING[action]}` ? '' : `: ${harmless(reason)}`;
  return `${name} ${DOING[action]}${deployment === null ? '' : `, deployment ${deployment}`}${why}`;
}

const DOING = {
  create: 'is new',
  replace: 'is replaced',
  update: 'is updated, no container is touched',
  join: 'is being deployed already: waiting with it',
  supersede: 'is replaced, in place of the deployment that was under way',
  promote: 'is promoted',
  revert: 'is taken back',
} as const;

function deploymentText({ service, state, failing, reason }: DeploymentLine, style: Style): string {
  const word = failing && state === 'running' ? style.bad('failing') : state;
  return `${style.strong(service)} ${word}${reason === '' ? '' : style.faint(`: ${harmless(reason)}`)}`;
}

function taskText({ service, task }: TaskLine, style: Style): string {
  const word = taskWord(task);
  const why = word === 'running' || task.reason === '' ? '' : style.faint(` (${harmless(task.reason)})`);
  return `${taskName(service, task)} ${style.faint(`r${task.revision}`)} ${paintStatus(word, style)}${why}`;
}
