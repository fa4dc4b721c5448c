import type { Service } from './service.ts';

/** What is wanted of a service. Only the API writes it, and nothing that comes of it changes it. */
export interface Wish extends Omit<Service, 'stable'> {
  /** The last one deployed, whatever became of it; the one before it, where a user took its canary back. */
  readonly revision: number;
  /** The last one asked for, also when it has ended. */
  readonly deployment?: number | undefined;
  /** How often it was changed by hand how many tasks there are, or whether any. */
  readonly countedByHand?: number | undefined;
  /** What was `stable` when a version without outcomes wrote the record last. It says nothing once there is an outcome. */
  readonly stableBefore?: number | undefined;
}

/** What came of the wish. Only controllers write it. */
export interface Outcome extends Pick<Service, 'project' | 'name' | 'stable' | 'createdAt'> {
  /** The last deployment that has ended. */
  readonly ended?: number | undefined;
  readonly wentBack?: WentBack | undefined;
}

/** What runs in place of what is wanted. It says nothing about another deployment than its own. */
export interface WentBack extends Count {
  /** That failed. */
  readonly deployment: number;
  readonly revision: number;
  /** Of the wish at that time: a count set by hand since then comes before this one. */
  readonly countedByHand: number;
  /** It is stopped, as it was before that deployment. */
  readonly stopped?: true | undefined;
}

interface Count {
  readonly replicas: number;
  readonly scaledFrom?: number | undefined;
}

export interface Parts {
  readonly wish: Wish;
  readonly outcome?: Outcome | undefined;
}

/** Both records, as one service. An outcome of another service of that name, which was purged, says nothing. */
export function serviceOf({ wish, outcome: found }: Parts): Service {
  const outcome = found?.createdAt === wish.createdAt ? found : undefined;
  const stable = outcome ? outcome.stable : wish.stableBefore;
  const { project, name, paused, removing, deployment, createdAt } = wish;
  const isActive = deployment !== undefined && deployment > (outcome?.ended ?? 0);
  return {
    project,
    name,
    ...whatRuns(wish, outcome?.wentBack),
    paused: paused || isStopped(wish, outcome?.wentBack),
    removing,
    createdAt,
    ...(stable !== undefined && { stable }),
    ...(isActive && { deployment }),
  };
}

function whatRuns(wish: Wish, back: WentBack | undefined): Pick<Service, 'revision' | 'replicas' | 'scaledFrom'> {
  if (!back || back.deployment !== wish.deployment) return { revision: wish.revision, ...countOf(wish) };
  return { revision: back.revision, ...countOf(back.countedByHand === (wish.countedByHand ?? 0) ? back : wish) };
}

const isStopped = ({ deployment, countedByHand = 0 }: Wish, back: WentBack | undefined): boolean =>
  back?.stopped === true && back.deployment === deployment && back.countedByHand === countedByHand;

const countOf = ({ replicas, scaledFrom }: Count): Count => ({
  replicas,
  ...(scaledFrom !== undefined && { scaledFrom }),
});

/**
 * The wish that makes a service what it shall be.
 *
 * @param stored as it was read; undefined for a new one
 */
export function wishFor(after: Service, stored: Parts | undefined): Wish {
  const before = stored && serviceOf(stored);
  if (!stored || !before || after.deployment !== before.deployment) return { ...kept(stored), ...deployed(after) };
  const { paused, removing } = after;
  const { scaledFrom: _, ...wish } = stored.wish;
  const isCounted =
    after.replicas !== before.replicas || after.scaledFrom !== before.scaledFrom || after.paused !== before.paused;
  const count = isCounted ? { countedByHand: (wish.countedByHand ?? 0) + 1, ...countOf(after) } : countOf(stored.wish);
  const revision = after.revision === before.revision ? wish.revision : after.revision;
  return { ...wish, revision, ...count, paused, removing };
}

/** Of a new deployment all is as it shall be. */
function deployed({ stable: _, deployment, ...service }: Service): Wish {
  return { ...service, ...countOf(service), ...(deployment !== undefined && { deployment }) };
}

function kept(stored: Parts | undefined): Pick<Wish, 'countedByHand' | 'stableBefore'> {
  const { countedByHand, stableBefore } = stored?.wish ?? {};
  return { ...(countedByHand !== undefined && { countedByHand }), ...(stableBefore !== undefined && { stableBefore }) };
}

/** The outcome that makes a service, of which the same is wanted as before, what it has become. */
export function outcomeFor(after: Service, stored: Parts): Outcome {
  const { wish } = stored;
  const before = serviceOf(stored);
  const { project, name, stable, createdAt } = after;
  const ended = before.deployment !== after.deployment ? before.deployment : stored.outcome?.ended;
  const wentBack = placeTaken(after, wish);
  return {
    project,
    name,
    createdAt,
    ...(stable !== undefined && { stable }),
    ...(ended !== undefined && { ended }),
    ...(wentBack && { wentBack }),
  };
}

function placeTaken(after: Service, wish: Wish): WentBack | undefined {
  const { revision, replicas, scaledFrom, deployment, countedByHand = 0 } = wish;
  const stopped = after.paused && !wish.paused;
  const isAsWanted = after.revision === revision && after.replicas === replicas && after.scaledFrom === scaledFrom;
  if ((isAsWanted && !stopped) || deployment === undefined) return undefined;
  return { deployment, revision: after.revision, ...countOf(after), countedByHand, ...(stopped && { stopped }) };
}
