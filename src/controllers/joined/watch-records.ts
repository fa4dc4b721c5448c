import { setTimeout as sleep } from 'node:timers/promises';
import type { State } from '../../store/state.ts';
import type { Log } from '../../telemetry/log.ts';

export interface RecordsWatchOptions {
  readonly state: Pick<State, 'store'>;
  readonly prefix: string;
  readonly log: Log;
  /** Something under the prefix changed, or may have. */
  readonly onChange: () => void;
}

/** From now on until the signal; a gap counts as a change. */
export async function watchRecords(
  { state, prefix, log, onChange }: RecordsWatchOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { revision } = await state.store.status();
      onChange();
      for await (const _ of state.store.watch({ prefix, after: revision, signal })) onChange();
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error, prefix }, 'the watch over the store ended and is begun again');
      await sleep(250, undefined, { signal }).catch(() => {});
    }
  }
}
