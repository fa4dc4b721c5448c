import type { DeployedService } from '../../src/contract/deploy.ts';
import type { ServiceStatus, TaskStatus } from '../../src/contract/status.ts';
import type { Style } from './style.ts';

/** `web.2`: how people name a task. */
export const taskName = (service: string, { slot }: { readonly slot: number }): string => `${service}.${slot}`;

/** One word for how a task is: those of a service, as far as they are of one task. */
export type TaskWord = Exclude<ServiceStatus['status'], 'deploying' | 'scaled-to-zero'>;

export function taskWord({ state, health }: Pick<TaskStatus, 'state' | 'health'>): TaskWord {
  if (state === 'assigned') return 'starting';
  if (state !== 'running') return state;
  return WORD_BY_HEALTH[health];
}

const WORD_BY_HEALTH: Readonly<Record<TaskStatus['health'], TaskWord>> = {
  ready: 'running',
  waiting: 'starting',
  failing: 'degraded',
  unknown: 'unknown',
  none: 'running',
};

export function paintStatus(word: ServiceStatus['status'], style: Style): string {
  if (word === 'running') return style.good(word);
  if (word === 'failed' || word === 'degraded') return style.bad(word);
  return FAINT.includes(word) ? style.faint(word) : style.warn(word);
}

const FAINT: readonly ServiceStatus['status'][] = ['stopping', 'stopped', 'scaled-to-zero'];

/** `2/3`; `?/3` while the engine cannot be read. */
export const servingText = ({
  running_replicas,
  replicas,
}: Pick<ServiceStatus, 'running_replicas' | 'replicas'>): string => `${running_replicas ?? '?'}/${replicas}`;

type Outcome = DeployedService['state'];

export function paintOutcome(word: Outcome, style: Style): string {
  if (word === 'succeeded') return style.good(word);
  if (word === 'failed' || word === 'rolled-back' || word === 'refused' || word === 'skipped') return style.bad(word);
  return word === 'unchanged' ? style.faint(word) : style.warn(word);
}

/** `1 task`, `3 tasks`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** `web`, `web and db`, `web, db and api`. */
export function list(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
