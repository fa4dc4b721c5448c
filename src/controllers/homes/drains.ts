import type { Node } from '../../core/model/node.ts';
import { type Stored, unchanged } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Commit } from '../commit.ts';
import { watchRecords } from '../joined/watch-records.ts';
import { createLoop } from '../loop.ts';

export interface DrainsOptions {
  readonly state: State;
  readonly commit: Commit;
  readonly clock: { now(): number };
  readonly log: Log;
}

/** Says that a node is drained, once none of its tasks is left. What moves them is the service's own loop. */
export interface Drains {
  /** Until the signal. */
  run(signal: AbortSignal): Promise<void>;
}

const LOOK_EVERY = 500;
const LOOP = 'drains';

export function createDrains({ state, commit, clock, log }: DrainsOptions): Drains {
  const finish = async (stored: Stored<Node>) => {
    const { value: node } = stored;
    const reason = 'drained: none of its tasks is left';
    const event = state.event({ kind: 'node', at: clock.now(), name: node.name, reason });
    await commit([unchanged(stored)], [state.nodes.put({ ...node, availability: 'drained' }), event]);
    log.info({ node: node.name }, `the node ${node.name} is drained`);
  };

  const look = async (): Promise<number | undefined> => {
    const { records } = await state.nodes.listReadable();
    const draining = records.filter(({ value }) => value.availability === 'draining');
    if (draining.length === 0) return undefined;
    // One that cannot be read may be of a task there.
    const busy = new Set(
      (await state.tasks.list()).flatMap(({ value }) => (value.phase === 'ended' ? [] : value.node)),
    );
    for (const stored of draining) if (!busy.has(stored.value.id)) await finish(stored);
    return clock.now() + LOOK_EVERY;
  };

  const loop = createLoop({
    reconcile: look,
    clock,
    onError: (_, err, retryIn) => log.warn({ err, retryIn }, 'how far the drains are could not be looked at'),
  });

  return {
    async run(signal) {
      const onRecord = () => loop.notice(LOOP);
      onRecord();
      await Promise.all([loop.run(signal), watchRecords({ state, prefix: 'nodes/', log, onChange: onRecord }, signal)]);
    },
  };
}
