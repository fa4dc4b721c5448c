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
  /** Resolves the revision's image if that is still open, and brings it onto the engine. A failure is remembered for a while. */
  bring(revision: Revision): Promise<void>;
}

/** How long a failed pull is not tried again. */
const FAILED_FOR = 30_000;
/** Whole pull, ms. */
const PULL_LIMIT = 15 * 60_000;

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
    if (stored) {
      const resolved = { ...stored.value, image, hash: containerHash(revision.spec, image) };
      await commit([unchanged(stored)], [state.revisions.put(resolved)]);
    }
    return image;
  };

  const bring = async (revision: Revision) => {
    try {
      const image = await resolve(revision);
      if (!(await engine.hasImage(image))) await engine.pull(image, AbortSignal.timeout(PULL_LIMIT));
      known.set(nameOf(revision), { until: Number.POSITIVE_INFINITY });
    } catch (error) {
      if (!(error instanceof OrcaError) || error.code === 'unavailable' || error.code === 'conflict') throw error;
      known.set(nameOf(revision), { failed: error.message, until: clock.now() + FAILED_FOR });
    }
  };

  return {
    bring,
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
