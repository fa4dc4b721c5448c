import type { DeployedService } from '../../src/contract/deploy.ts';
import type { FailureBody } from '../../src/contract/deployments.ts';
import { hintLines } from './hint.ts';
import { releaseLine } from './release.ts';
import type { Style } from './style.ts';
import { harmless } from './width.ts';
import { count } from './words.ts';

/** At most this many of the task's last lines are shown. */
const LOG_LINES = 20;

/** What is told of a service that could not be deployed, in the order people ask: what, where and why, its last words, what serves now, what to type. */
export function failureLines(service: DeployedService, style: Style): string[] {
  return [
    `${style.bad('✗')} ${style.strong(service.name)} ${style.bad(headline(service))}`,
    ...(service.failure ? causeLines(service.name, service.failure, style) : [`  ${harmless(service.reason)}`]),
    ...(service.release && !service.failure ? [`  ${releaseLine(service.release)}`] : []),
    `  ${servingText(service)}`,
    ...(service.failure ? [] : hintLines(service.code, service.hint, style)),
    `  ${style.accent('next:')} ${nextCommand(service)}`,
  ];
}

/** Which task on which node, why, and the end of its log. */
export function causeLines(service: string, failure: FailureBody, style: Style): string[] {
  const task = failure.slot === null ? service : `${service}.${failure.slot}`;
  const place = failure.node === null ? '' : ` on ${failure.node}`;
  const exit = failure.exit_code === null || saysCode(failure) ? '' : ` (exit code ${failure.exit_code})`;
  const reason = failure.reason.startsWith(`${task} `) ? failure.reason.slice(task.length + 1) : failure.reason;
  const log = failure.last_log.slice(-LOG_LINES);
  return [
    `  ${style.strong(task)}${place}: ${harmless(reason)}${exit}`,
    ...(failure.failed_requests > 0 ? [`  ${count(failure.failed_requests, 'request')} failed meanwhile`] : []),
    ...logHead(log, failure),
    ...log.map((line) => `    ${style.faint('│')} ${harmless(line)}`),
  ];
}

/** `exited with code 3`, `exited with 3`; the digits alone may be those of `web.3`. */
const saysCode = ({ reason, exit_code }: FailureBody): boolean =>
  new RegExp(`\\b(code|exited with) ${exit_code}\\b`).test(reason);

function logHead(log: readonly string[], { task }: FailureBody): string[] {
  if (log.length > 0) return [`  its last ${log.length === 1 ? 'log line' : `${log.length} log lines`}:`];
  return task === null ? [] : ['  it wrote no log'];
}

function headline({ state, revision, code }: DeployedService): string {
  const which = revision === null ? '' : ` revision ${revision}`;
  switch (state) {
    case 'rolled-back':
      return code === 'conflict' ? 'was rolled back meanwhile' : `failed:${which} was rolled back`;
    case 'failed':
      return code === 'conflict' ? 'was taken away meanwhile' : `failed:${which} did not come up`;
    case 'superseded':
      return 'was superseded by another deployment';
    case 'skipped':
      return 'was skipped';
    case 'refused':
      return 'was refused';
    default:
      return `is ${state}: how it ends is not known yet`;
  }
}

function servingText({ name, state, code, serving }: DeployedService): string {
  const seen = serving !== null && serving.ready > 0;
  // An engine that does not answer shows no task, whatever serves.
  if (!seen && state === 'refused' && code === 'unavailable')
    return `${name} was not touched; what of it serves cannot be seen now`;
  if (!seen) return `nothing of ${name} serves now`;
  return `revision ${serving.revision} (${serving.image}) serves now, ${count(serving.ready, 'task')} ready`;
}

function nextCommand({ name, project, state, failure, code }: DeployedService): string {
  const where = `${name} -p ${project}`;
  if (failure?.task) return `orca logs ${where} --task ${failure.task}`;
  if (state === 'refused') return code === 'conflict' ? `orca status -p ${project}` : 'orca plan';
  if (state === 'pending' || state === 'running' || state === 'superseded') return `orca deployments ${where}`;
  return `orca ps ${where}`;
}
