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

/** Images of a node that are looked at in one pass: those that a container still uses are in nobody's way for ever. */
const AT_ONCE = 10;

/**
 * Removes images that orca pulled and no revision needs that is kept with its image. An image that was there before orca asked
 * for it, has a tag, or is used by a container stays. One that is needed again after all is pulled again by its digest.
 */
export function createImageRetention({ state, engines, own, commit, log }: ImageRetentionOptions): () => Promise<void> {
  /** Where the last pass ended, by node. */
  const ends = new Map<string, string>();

  const remove = async (stored: Stored<PulledImage>) => {
    const { pinned, node = own } = stored.value;
    const outcome = await engines.of(node).removeImage(pinned);
    if (outcome === 'in-use') return;
    if (outcome === 'removed') log.info({ image: pinned, node }, 'an image that no kept revision needs is removed');
    await commit([unchanged(stored)], [{ delete: stored.key }]);
  };

  const removeFrom = async (node: string, old: readonly Stored<PulledImage>[]) => {
    const after = ends.get(node) ?? '';
    const turn = [...old.filter(({ key }) => key > after), ...old.filter(({ key }) => key <= after)];
    for (const stored of turn.slice(0, AT_ONCE)) {
      ends.set(node, stored.key);
      const { pinned } = stored.value;
      await remove(stored).catch((err: unknown) => log.warn({ err, image: pinned, node }, 'an image stays'));
    }
  };

  return async () => {
    const pulled = (await state.pulledImages.listReadable()).records;
    const kept = pulled.length === 0 ? undefined : await neededImages(state);
    if (!kept) return;
    const old = pulled.filter(({ value }) => !kept.has(value.pinned));
    const byNode = Map.groupBy(old, ({ value }) => value.node ?? own);
    await Promise.all(engines.nodes().map((node) => removeFrom(node, byNode.get(node) ?? [])));
  };
}
