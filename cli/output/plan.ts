import type { Plan, PlannedService, PlannedStep } from '../../src/contract/plan.ts';
import { formatSize } from '../../src/core/format-size.ts';
import { formatDuration, formatMemory } from '../../src/core/units.ts';
import { hintLines } from './hint.ts';
import type { Style } from './style.ts';
import { took } from './time.ts';
import { warningLines } from './warning.ts';
import { harmless, pad } from './width.ts';
import { count, list } from './words.ts';

/** A plan for people: a block a service, what is pulled, what to mind, the sum of it and the command that applies it. */
export function planLines(plan: Plan, apply: string, style: Style): string[] {
  const projects = [...new Set(plan.services.map(({ project }) => project))].sort();
  return [
    ...projects.flatMap((project) => [
      style.strong(project),
      ...plan.services
        .filter((service) => service.project === project)
        .flatMap((service) => serviceLines(service, plan.steps, style)),
      ...keptLines(plan, project, style),
      '',
    ]),
    ...pullLines(plan, style),
    ...volumeLines(plan, style),
    ...warningLines(plan.warnings, style),
    ...plan.errors.flatMap((error) => errorLines(error, style)),
    summary(plan, style),
    ...(isChange(plan) ? [`apply it with: ${style.accent(apply)}`] : []),
  ];
}

/** Whether deploy would do anything. */
export const isChange = ({ services }: Plan): boolean => services.some(({ action }) => action !== 'none');

/** `web.1 is away for about 3 s`; undefined where nothing that serves goes away. */
export function downtimeText(service: PlannedService, steps: readonly PlannedStep[]): string | undefined {
  if (service.downtime_ms <= 0) return undefined;
  const away = steps.filter(
    (step) => step.service === service.name && step.project === service.project && step.downtime_ms > 0,
  );
  const slots = [...new Set(away.flatMap(({ slot }) => (slot === null ? [] : [slot])))].sort((a, b) => a - b);
  const names = slots.length === 0 ? service.name : list(slots.map((slot) => `${service.name}.${slot}`));
  const each = slots.length > 1 ? 'are away, one after the other, each' : 'is away';
  return `stop-first: ${names} ${each} for about ${roughly(service.downtime_ms)}`;
}

const roughly = (ms: number): string =>
  ms < 1000 ? 'a second' : took(Math.round(ms / 1000) * 1000).replace(/\.0 /, ' ');

const SIGN = { create: '+', update: '~', replace: '±', none: '=' } as const;

function sign(action: PlannedService['action'], style: Style): string {
  const paint = { create: style.good, update: style.accent, replace: style.warn, none: style.faint }[action];
  return paint(SIGN[action]);
}

const WHAT = {
  create: 'new',
  update: 'updated, no container is touched',
  replace: 'replaced',
  none: 'unchanged',
} as const;

function serviceLines(service: PlannedService, steps: readonly PlannedStep[], style: Style): string[] {
  const { action, name, reason, diff, placement, refused } = service;
  const known = reason === '' || reason === `${name} is ${WHAT[action]}` || action === 'none';
  const moves = action === 'update' && placement.length > 0;
  const what = moves ? `updated, ${count(placement.length, 'task')} to another node` : WHAT[action];
  const why = known ? '' : style.faint(`: ${harmless(reason)}`);
  const head = `  ${sign(action, style)} ${style.strong(name)} ${what}${why}`;
  if (action === 'none') return [style.faint(head)];
  return [
    head,
    ...diffLines(diff, style),
    ...placement.map(
      ({ slot, node, why: rule }) =>
        `      ${name}.${slot} on ${node}${rule === '' ? '' : style.faint(`: ${harmless(rule)}`)}`,
    ),
    ...refusedLines(refused, style),
    ...beforeLines(service, steps),
    ...strategyLines(service, steps, style),
  ];
}

/** Nodes that none of it goes to, together where the reason is the same. */
const refusedLines = (refused: PlannedService['refused'], style: Style): string[] =>
  [...Map.groupBy(refused, ({ why }) => why)].map(([why, nodes]) =>
    style.faint(`      not on ${list(nodes.map(({ node }) => node))}: ${harmless(why)}`),
  );

/** What comes before the first task: other services that it waits for, the release command. */
const beforeLines = ({ name, project }: PlannedService, steps: readonly PlannedStep[]): string[] =>
  steps
    .filter((step) => step.service === name && step.project === project && BEFORE.includes(step.kind))
    .map(({ reason }) => `      first: ${harmless(reason)}`);

const BEFORE = ['begin', 'release'];

function diffLines(diff: PlannedService['diff'], style: Style): string[] {
  const width = Math.max(0, ...diff.map(({ path }) => path.length));
  return diff.map(({ path, from, to }) => {
    const before = from === undefined || from === null ? '' : `${style.faint(valueText(from))} -> `;
    const after = to === undefined || to === null ? style.bad('(removed)') : valueText(to);
    return `      ${pad(path, width)}  ${before}${after}`;
  });
}

const valueText = (value: unknown): string => harmless(typeof value === 'string' ? value : JSON.stringify(value));

function strategyLines(service: PlannedService, steps: readonly PlannedStep[], style: Style): string[] {
  const downtime = downtimeText(service, steps);
  if (downtime) return [`      ${style.warn(downtime)}`];
  if (service.canary) return canaryLines(service.canary);
  if (service.second_set && service.action !== 'update') return secondSetLines(service.second_set);
  return service.action === 'replace' ? ['      rolling, start-first: each task goes when its successor serves'] : [];
}

/** What strategy canary does, step by step. */
function canaryLines({ by, steps }: NonNullable<PlannedService['canary']>): string[] {
  const each = steps.map(({ weight, tasks }) => `${weight} % (${count(tasks, 'task')})`);
  return [
    `      canary by ${by}, beside the old tasks: ${each.join(', ')}`,
    '      each step waits for `orca promote --step`, `orca promote` or `orca rollback`',
  ];
}

/** What strategy blue-green does, and what it needs of memory for it. */
function secondSetLines(set: NonNullable<PlannedService['second_set']>): string[] {
  const { tasks, memory_bytes: memory, keep_ms: keep } = set;
  const kept = keep > 0 ? `the old one is kept for ${formatDuration(keep)}` : 'the old one is not kept';
  const need =
    memory === null
      ? 'unknown: say it in `resources.memory` or `reserve.memory`'
      : `${formatMemory(memory)}, ${formatMemory(memory / tasks)} each`;
  return [
    `      blue-green: a second set beside the old one, and one switch once all of it is ready; ${kept}`,
    tasks === 0
      ? '      nothing is started: the tasks that were kept are switched to'
      : `      memory for ${count(tasks, 'more task')}: ${need}`,
  ];
}

const keptLines = ({ kept }: Plan, project: string, style: Style): string[] =>
  kept
    .filter((service) => service.project === project)
    .map(({ name }) => style.faint(`  = ${name} is not in the file and stays (--prune removes it)`));

const pullLines = ({ pull }: Plan, style: Style): string[] =>
  pull.map(
    ({ image, bytes }) =>
      `${style.accent('pull')} ${image}${bytes === null ? '' : style.faint(` (${formatSize(bytes)})`)}`,
  );

const volumeLines = ({ volumes }: Plan, style: Style): string[] =>
  volumes.map(({ name, action, reason }) => {
    const what = action === 'create' ? 'is made, empty' : 'is taken over';
    return `${style.accent('volume')} ${harmless(name)} ${what}${style.faint(`: ${harmless(reason)}`)}`;
  });

const errorLines = ({ name, error, code, hint }: Plan['errors'][number], style: Style): string[] => [
  `${style.bad('✗')} ${style.strong(name)} would be refused: ${harmless(error)}`,
  ...hintLines(code, hint, style),
];

function summary({ services, errors }: Plan, style: Style): string {
  const number = (action: PlannedService['action']) => services.filter((service) => service.action === action).length;
  const parts = [
    [number('create'), 'to create'],
    [number('replace'), 'to replace'],
    [number('update'), 'to update'],
    [number('none'), 'unchanged'],
    [errors.length, 'refused'],
  ] as const;
  const away = services.filter(({ downtime_ms }) => downtime_ms > 0).length;
  const text = parts.filter(([size]) => size > 0).map(([size, what]) => `${size} ${what}`);
  return `${style.strong('plan:')} ${text.join(', ')}${away > 0 ? `; ${count(away, 'service')} with downtime` : '; no downtime'}`;
}
