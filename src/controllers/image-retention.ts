import type { PulledImage } from '../core/model/pulled-image.ts';
import type { Engines } from '../engine/engines.ts';
import { type Stored, unchanged } from '../store/collection.ts';
import type { State } from '../store/state.ts';
import type { Log } from '../telemetry/log.ts';
import type { Commit } from './commit.ts';
import { neededImages } from './needed-images.ts';

export interface ImageRetentionOptions {
  readonly state: State;
  readonly engines: Pick<Engines, 'nodes' | 'of'>;
  /** Id of the master's own machine. */
  readonly own: string;
  readonly commit: Commit;
  readonly log: Log;
}

/** Images looked at in one pass: those that a container still uses are in nobody's way for ever. */
const AT_ONCE = 10;

/**
 * Removes images that orca pulled and no revision needs that is kept with its image. An image that was there before orca asked
 * for it, has a tag, or is used by a container stays. One that is needed again after all is pulled again by its digest.
 */
export function createImageRetention({ state, engines, own, commit, log }: ImageRetentionOptions): () => Promise<void> {
  /** Where the last pass ended. */
  let after = '';

  const remove = async (stored: Stored<PulledImage>) => {
    const { pinned, node = own } = stored.value;
    const outcome = await engines.of(node).removeImage(pinned);
    if (outcome === 'in-use') return;
    if (outcome === 'removed') log.info({ image: pinned, node }, 'an image that no kept revision needs is removed');
    await commit([unchanged(stored)], [{ delete: stored.key }]);
  };

  return async () => {
    const pulled = (await state.pulledImages.listReadable()).records;
    const kept = pulled.length === 0 ? undefined : await neededImages(state);
    if (!kept) return;
    const there = new Set(engines.nodes());
    const old = pulled.filter(({ value }) => !kept.has(value.pinned) && there.has(value.node ?? own));
    const turn = [...old.filter(({ key }) => key > after), ...old.filter(({ key }) => key <= after)];
    for (const stored of turn.slice(0, AT_ONCE)) {
      after = stored.key;
      await remove(stored).catch((err: unknown) => log.warn({ err, image: stored.value.pinned }, 'an image stays'));
    }
  };
}
