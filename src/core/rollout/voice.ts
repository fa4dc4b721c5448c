import { isOver } from '../elapsed.ts';
import type { ServiceSpec } from '../model/service-spec.ts';
import { DOWN_AFTER } from '../nodes/liveness.ts';
import type { Voice } from '../schedule/voice.ts';
import type { Sight, TaskView } from './observed.ts';
import { lostSince } from './retire.ts';

/** Why nothing tells of a task without a port: commands are run, and restarts seen, by the engine alone. */
const NO_PORT = 'nothing tells whether it still serves, as it has no port';

/** Of a task whose node's engine cannot be read, by its node's data plane. @param spec of the task's revision */
export function voiceOf(sight: Sight, seen: TaskView, { port }: Pick<ServiceSpec, 'port'>, now: number): Voice {
  const { task, health } = seen;
  // Nothing was made for it, as far as anybody knows.
  if (task.container === undefined) return { kind: 'silent' };
  if (port === undefined) return { kind: 'untold', why: NO_PORT };
  const since = lostSince(sight, seen);
  if (since !== undefined) return silentAfter(since, 'the data plane there is away', now);
  if (health?.container !== task.container)
    // Who is in no table is not probed, and has no requests to lose.
    return task.routed ? { kind: 'untold', why: 'it has not been probed yet' } : { kind: 'silent' };
  if (health.ready) return { kind: 'serves' };
  // A data plane that has just started knows of no time at which it was ready.
  return health.wasReady ? { kind: 'silent' } : silentAfter(health.heldSince, 'it is not ready yet', now);
}

const silentAfter = (since: number, why: string, now: number): Voice =>
  isOver(since, DOWN_AFTER, now) ? { kind: 'silent' } : { kind: 'untold', why, until: since + DOWN_AFTER };
