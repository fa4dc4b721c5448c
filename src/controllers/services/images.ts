import { OrcaError } from '../../core/errors.ts';
import { containerHash } from '../../core/model/container-hash.ts';
import type { ResolvedImage, Revision } from '../../core/model/revision.ts';
import type { ServiceView } from '../../core/rollout/observed.ts';
import type { Engine } from '../../engine/engine.ts';
import { unchanged } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import type { Commit } from '../commit.ts';

export interface Images {
  /** What is known of the revision's image on the node, from memory: nothing after a start. */
  state(revision: Revision): ServiceView['image'];
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

export interface ImagesOptions {
  readonly engine: Engine;
  readonly state: State;
  readonly commit: Commit;
  readonly clock: { now(): number };
}

export function createImages({ engine, state, commit, clock }: ImagesOptions): Images {
  const known = new Map<string, { readonly failed?: string; readonly until: number }>();

  const resolve = async (revision: Revision): Promise<ResolvedImage> => {
    if (revision.image && revision.hash !== undefined) return revision.image;
    const { image, warning } = await engine.resolve(revision.spec.image, revision.spec.pull);
    if (!image) throw new OrcaError('not_found', warning ?? `no image ${revision.spec.image}`);
    const stored = await state.revisions.get(revision.project, revision.service, revision.number);
    if (stored?.value.image && stored.value.hash !== undefined) return stored.value.image;
    if (stored) {
      const resolved = { ...stored.value, image, hash: containerHash(revision.spec, image) };
      await commit([unchanged(stored)], [state.revisions.put(resolved)]);
    }
    return image;
  };

  const remember = (revision: Revision, what: { readonly failed?: string; readonly until: number }) => {
    if (known.size >= REMEMBERED) known.clear();
    known.set(nameOf(revision), what);
  };

  const bring = async (revision: Revision) => {
    try {
      const image = await resolve(revision);
      if (!(await engine.hasImage(image))) await engine.pull(image, AbortSignal.timeout(PULL_LIMIT));
      remember(revision, { until: Number.POSITIVE_INFINITY });
    } catch (error) {
      if (!(error instanceof OrcaError) || error.code === 'unavailable' || error.code === 'conflict') throw error;
      remember(revision, { failed: error.message, until: clock.now() + FAILED_FOR });
    }
  };

  return {
    bring,
    forget: (revision) => void known.delete(nameOf(revision)),
    state: (revision) => {
      const state = known.get(nameOf(revision));
      if (!state || state.until <= clock.now() || revision.hash === undefined) return failedOr(state, clock.now());
      return state.failed === undefined ? 'present' : { failed: state.failed };
    },
  };
}

const failedOr = (state: { failed?: string; until: number } | undefined, now: number): ServiceView['image'] =>
  state?.failed !== undefined && state.until > now ? { failed: state.failed } : 'not-pulled';

const nameOf = ({ project, service, number }: Revision): string => `${project}/${service}/${number}`;
