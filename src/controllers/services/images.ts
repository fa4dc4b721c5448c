import { isOver } from '../../core/elapsed.ts';
import { OrcaError } from '../../core/errors.ts';
import { containerHash } from '../../core/model/container-hash.ts';
import type { PullProgress } from '../../core/model/pull-progress.ts';
import { shownImage } from '../../core/model/pushed-image.ts';
import type { ResolvedImage, Revision } from '../../core/model/revision.ts';
import type { Means } from '../../core/rollout/observed.ts';
import type { Engine } from '../../engine/engine.ts';
import { unchanged } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import type { Commit } from '../commit.ts';

export interface Images {
  /** What is known of the revision's image on the node, from memory: nothing after a start. */
  state(revision: Revision): Means['image'];
  /** How far the pull of the revision's image is, while it is under way. */
  pulling(revision: Revision): PullProgress | undefined;
  /** What was known of it is not so any more: it was removed from the engine. */
  forget(revision: Revision): void;
  /** Resolves the revision's image if that is still open, and brings it onto the engine. A failure is remembered for a while. */
  bring(revision: Revision): Promise<void>;
}

/** How long a failed pull is not tried again. */
const FAILED_FOR = 30_000;
/** Whole pull, ms. */
const PULL_LIMIT = 15 * 60_000;
/** Revisions that are remembered; what is forgotten is looked up again. */
const REMEMBERED = 1_000;

type Known = { readonly present: true } | { readonly failed: string; readonly at: number };

export interface ImagesOptions {
  readonly engine: Engine;
  readonly state: State;
  readonly commit: Commit;
  readonly clock: { now(): number };
}

export function createImages({ engine, state, commit, clock }: ImagesOptions): Images {
  const known = new Map<string, Known>();
  /** By the name that the image is pulled by. */
  const underWay = new Map<string, PullProgress>();

  const resolve = async (revision: Revision): Promise<ResolvedImage> => {
    if (revision.image && revision.hash !== undefined) return revision.image;
    const ref = shownImage(revision.spec);
    const { image, warning } = await engine.resolve(ref, revision.spec.pull);
    if (!image) throw new OrcaError('not_found', warning ?? `no image ${ref}`);
    const stored = await state.revisions.get(revision.project, revision.service, revision.number);
    if (stored?.value.image && stored.value.hash !== undefined) return stored.value.image;
    if (stored) {
      const resolved = { ...stored.value, image, hash: containerHash(revision.spec, image) };
      await commit([unchanged(stored)], [state.revisions.put(resolved)]);
    }
    return image;
  };

  const remember = (revision: Revision, what: Known) => {
    if (known.size >= REMEMBERED) known.clear();
    known.set(nameOf(revision), what);
  };

  /** Written down first: an image that nobody knows to be orca's would stay for ever. */
  const pull = async (image: ResolvedImage) => {
    const { pinned, digest } = image;
    if (pinned !== digest) await commit([], [state.pulledImages.put({ pinned, at: clock.now() })]);
    const onProgress = (progress: PullProgress) => void underWay.set(pinned, progress);
    onProgress({ done: 0 });
    try {
      await engine.pull(image, { signal: AbortSignal.timeout(PULL_LIMIT), onProgress });
    } finally {
      underWay.delete(pinned);
    }
  };

  const bring = async (revision: Revision) => {
    try {
      const image = await resolve(revision);
      if (!(await engine.hasImage(image))) await pull(image);
      remember(revision, { present: true });
    } catch (error) {
      if (!(error instanceof OrcaError) || error.code === 'unavailable' || error.code === 'conflict') throw error;
      remember(revision, { failed: error.message, at: clock.now() });
    }
  };

  return {
    bring,
    pulling: ({ image }) => underWay.get(image?.pinned ?? ''),
    forget: (revision) => void known.delete(nameOf(revision)),
    state: (revision) => {
      const what = known.get(nameOf(revision));
      if (what === undefined) return 'not-pulled';
      if ('failed' in what) return isOver(what.at, FAILED_FOR, clock.now()) ? 'not-pulled' : { failed: what.failed };
      return revision.hash === undefined ? 'not-pulled' : 'present';
    },
  };
}

/** A service that was purged and made anew counts its revisions from one again. */
const nameOf = ({ project, service, number, createdAt }: Revision): string =>
  `${project}/${service}/${number}/${createdAt}`;
