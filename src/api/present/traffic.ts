import type { TrafficStatus } from '../../contract/status.ts';
import type { TrafficBook } from '../../controllers/ingress/traffic.ts';
import { type RevisionTraffic, summarize } from '../../core/traffic/traffic.ts';

const MINUTES = 5;

/** What the ingress counted of a service's revisions, over the same minutes; null where no data plane tells it. */
export function presentTraffic(book: TrafficBook | undefined, service: string): TrafficStatus | null {
  if (!book?.told) return null;
  const revisions = book.overLast(service, MINUTES).map(presentRevision);
  return { minutes: MINUTES, revisions: revisions.filter(({ requests }) => requests > 0) };
}

function presentRevision(traffic: RevisionTraffic): TrafficStatus['revisions'][number] {
  const { requests, errors, errorShare, p50, p99 } = summarize(traffic);
  return {
    revision: traffic.revision === 0 ? null : traffic.revision,
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
