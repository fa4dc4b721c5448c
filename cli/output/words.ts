import type { DeployedService } from '../../src/contract/deploy.ts';
import type { ServiceStatus, TaskStatus } from '../../src/contract/status.ts';
import type { Style } from './style.ts';

/** `web.2`: how people name a task. */
export const taskName = (service: string, { slot }: { readonly slot: number }): string => `${service}.${slot}`;

/** One word for where a task stands: its state, and once it runs, how it serves. */
export function taskWord({ state, health, routed }: Pick<TaskStatus, 'state' | 'health' | 'routed'>): string {
  if (state !== 'running') return state;
  if (health === 'ready') return routed ? 'serving' : 'ready';
  return health === 'none' ? 'running' : health;
}

export function paintTask(word: string, style: Style): string {
  if (word === 'serving' || word === 'ready' || word === 'running') return style.good(word);
  if (word === 'failed' || word === 'failing') return style.bad(word);
  if (word === 'stopped' || word === 'stopping') return style.faint(word);
  return style.warn(word);
}

export function paintStatus(word: ServiceStatus['status'], style: Style): string {
  if (word === 'running') return style.good(word);
  if (word === 'failed' || word === 'degraded') return style.bad(word);
  return word === 'deploying' ? style.warn(word) : style.faint(word);
}

type Outcome = DeployedService['state'];

export function paintOutcome(word: Outcome, style: Style): string {
  if (word === 'succeeded') return style.good(word);
  if (word === 'failed' || word === 'rolled-back' || word === 'refused') return style.bad(word);
  return word === 'unchanged' ? style.faint(word) : style.warn(word);
}

/** `1 task`, `3 tasks`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** `web`, `web and db`, `web, db and api`. */
export function list(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
