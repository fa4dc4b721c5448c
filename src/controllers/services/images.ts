import { isOver } from '../../core/elapsed.ts';
import { OrcaError } from '../../core/errors.ts';
import { containerHash } from '../../core/model/container-hash.ts';
import type { PullProgress } from '../../core/model/pull-progress.ts';
import { shownImage } from '../../core/model/pushed-image.ts';
import type { ResolvedImage, Revision } from '../../core/model/revision.ts';
import type { ImageState, ImageStates } from '../../core/rollout/observed.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Engines } from '../../engine/engines.ts';
import { unchanged } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import type { Commit } from '../commit.ts';

export interface Images {
  /** What is known of the revision's image, by node, from memory: nothing after a start. */
  states(revision: Revision): ImageStates;
  /** How far the pulls of the revision's image are that are under way, by node. */
  pulling(revision: Revision): ReadonlyMap<string, PullProgress>;
  /** What was known of it on the node is not so any more: it was removed from the engine. */
  forget(revision: Revision, node: string): void;
  /** The node has another engine now, or none. */
  forgetNode(node: string): void;
  /** Resolves the revision's image if that is still open, and brings it onto the node. A failure is remembered for a while. */
  bring(revision: Revision, node: string): Promise<void>;
}

/** How long a failed pull is not tried again. */
const FAILED_FOR = 30_000;
/** Whole pull, ms. */
const PULL_LIMIT = 15 * 60_000;
/** Revisions that are remembered on each node; what is forgotten is looked up again. */
const REMEMBERED = 1_000;

type Known = { readonly present: true } | { readonly failed: string; readonly at: number };

export interface ImagesOptions {
  /** What a name stands for is asked by the master, once, whatever nodes need it. */
  readonly registries: Pick<Engine, 'resolve'>;
  readonly engines: Pick<Engines, 'of'>;
  /** Id of the master's own machine. */
  readonly own: string;
  readonly state: State;
  readonly commit: Commit;
  readonly clock: { now(): number };
}

export function createImages({ registries, engines, own, state, commit, clock }: ImagesOptions): Images {
  /** By node, and by revision. */
  const known = new Map<string, Map<string, Known>>();
  /** By node, and by the name that the image is pulled by. */
  const underWay = new Map<string, Map<string, PullProgress>>();

  const resolve = async (revision: Revision): Promise<ResolvedImage> => {
    if (revision.image && revision.hash !== undefined) return revision.image;
    const ref = shownImage(revision.spec);
    const { image, warning } = await registries.resolve(ref, revision.spec.pull);
    if (!image) throw new OrcaError('not_found', warning ?? `no image ${ref}`);
    const stored = await state.revisions.get(revision.project, revision.service, revision.number);
    if (stored?.value.image && stored.value.hash !== undefined) return stored.value.image;
    if (stored) {
      const resolved = { ...stored.value, image, hash: containerHash(revision.spec, image) };
      await commit([unchanged(stored)], [state.revisions.put(resolved)]);
    }
    return image;
  };

  const remember = (revision: Revision, node: string, what: Known) => {
    const there = partOf(known, node);
    if (there.size >= REMEMBERED) there.clear();
    there.set(nameOf(revision), what);
  };

  /** Written down first: an image that nobody knows to be orca's would stay for ever. */
  const pull = async (image: ResolvedImage, node: string) => {
    const { pinned, digest } = image;
    const record = { pinned, at: clock.now(), ...(node !== own && { node }) };
    if (pinned !== digest) await commit([], [state.pulledImages.put(record)]);
    const pulls = partOf(underWay, node);
    const onProgress = (progress: PullProgress) => void pulls.set(pinned, progress);
    onProgress({ done: 0 });
    try {
      await engines.of(node).pull(image, { signal: AbortSignal.timeout(PULL_LIMIT), onProgress });
    } finally {
      pulls.delete(pinned);
    }
  };

  const bring = async (revision: Revision, node: string) => {
    try {
      const image = await resolve(revision);
      if (!(await engines.of(node).hasImage(image))) await pull(image, node);
      remember(revision, node, { present: true });
    } catch (error) {
      if (!(error instanceof OrcaError) || error.code === 'unavailable' || error.code === 'conflict') throw error;
      remember(revision, node, { failed: error.message, at: clock.now() });
    }
  };

  const stateOf = (revision: Revision, what: Known): ImageState => {
    if ('failed' in what) return isOver(what.at, FAILED_FOR, clock.now()) ? 'not-pulled' : { failed: what.failed };
    return revision.hash === undefined ? 'not-pulled' : 'present';
  };

  return {
    bring,
    pulling: ({ image }) => ofEach(underWay, image?.pinned ?? '', (progress) => progress),
    forget: (revision, node) => void known.get(node)?.delete(nameOf(revision)),
    forgetNode: (node) => void known.delete(node),
    states: (revision) => ofEach(known, nameOf(revision), (what) => stateOf(revision, what)),
  };
}

function partOf<T>(byNode: Map<string, Map<string, T>>, node: string): Map<string, T> {
  const there = byNode.get(node) ?? new Map<string, T>();
  byNode.set(node, there);
  return there;
}

/** What each node has under a name, where it has something. */
function ofEach<T, U>(
  byNode: ReadonlyMap<string, ReadonlyMap<string, T>>,
  name: string,
  show: (what: T) => U,
): ReadonlyMap<string, U> {
  const found = new Map<string, U>();
  for (const [node, there] of byNode) {
    const what = there.get(name);
    if (what !== undefined) found.set(node, show(what));
  }
  return found;
}

/** A service that was purged and made anew counts its revisions from one again. */
const nameOf = ({ project, service, number, createdAt }: Revision): string =>
  `${project}/${service}/${number}/${createdAt}`;
