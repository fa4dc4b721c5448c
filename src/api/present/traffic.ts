import type { TrafficStatus } from '../../contract/status.ts';
import type { TrafficBook } from '../../controllers/ingress/traffic.ts';
import type { Deployment } from '../../core/model/deployment.ts';
import { NO_TRAFFIC, type RevisionTraffic, requestsOf, summarize } from '../../core/traffic/traffic.ts';
import { canaryShares, runningCanary } from '../observing/canary-shares.ts';

const MINUTES = 5;

/** Whose requests are wanted. */
interface Asked {
  /** `project/name` */
  readonly service: string;
  /** Its deployment, if one is under way. */
  readonly deployment: Deployment | undefined;
  /** Epoch ms. */
  readonly now: number;
}

type Revision = TrafficStatus['revisions'][number];

/**
 * What the ingress counted of a service's revisions, over the same minutes: while a canary runs, over those that began since its
 * step was reached. Null where no data plane tells it.
 */
export function presentTraffic(
  book: TrafficBook | undefined,
  { service, deployment, now }: Asked,
): TrafficStatus | null {
  if (!book?.told) return null;
  const canary = runningCanary(deployment);
  const minutes = canary === undefined ? MINUTES : book.minutesWithin(now - (canary.reachedAt ?? now));
  const shares = canaryShares(deployment);
  const counted = withAll(book.overLast(service, minutes), service, [...shares.keys()]);
  const seen = counted.reduce((sum, one) => sum + (one.revision === UNSEEN ? 0 : requestsOf(one)), 0);
  const revisions = counted.map((one) => presentRevision(one, seen, shares.get(one.revision)));
  return {
    minutes,
    since: Math.round(now - book.ageOf(minutes)),
    revisions: revisions.filter(({ requests, share_asked }) => requests > 0 || share_asked !== null),
  };
}

/** In the place of a revision. */
const UNSEEN = 0;

/** Those that a share is asked for are there also without a request. */
function withAll(
  counted: readonly RevisionTraffic[],
  service: string,
  revisions: readonly number[],
): readonly RevisionTraffic[] {
  const missing = revisions.filter((revision) => !counted.some((one) => one.revision === revision));
  return [...counted, ...missing.map((revision) => ({ ...NO_TRAFFIC, service, revision }))].sort(
    (a, b) => a.revision - b.revision,
  );
}

function presentRevision(traffic: RevisionTraffic, seen: number, asked: number | undefined): Revision {
  const { requests, errors, errorShare, p50, p99 } = summarize(traffic);
  const isSeen = traffic.revision !== UNSEEN;
  return {
    revision: isSeen ? traffic.revision : null,
    share_asked: asked ?? null,
    share: isSeen && seen > 0 ? requests / seen : null,
    requests,
    errors,
    failed: traffic.failed,
    error_share: errorShare ?? 0,
    p50_ms: rounded(p50),
    p99_ms: rounded(p99),
  };
}

/** To a thousandth: there is no more in it. */
const rounded = (ms: number | undefined): number | null => (ms === undefined ? null : Math.round(ms * 1000) / 1000);
