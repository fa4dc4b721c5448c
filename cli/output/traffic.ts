import type { TrafficStatus } from '../../src/contract/status.ts';
import { count } from './words.ts';

type Revision = TrafficStatus['revisions'][number];

/** What the ingress counted of each revision, a line each, so that they can be compared. */
export function trafficLines({ minutes, revisions }: TrafficStatus): string[] {
  const inAll = revisions.reduce((sum, { requests }) => sum + requests, 0);
  if (inAll === 0) return [`no requests in the last ${minutes} min`];
  return [`in the last ${minutes} min:`, ...revisions.map(revisionLine)];
}

function revisionLine({ revision, requests, errors, error_share, p50_ms, p99_ms }: Revision): string {
  const what = `${count(requests, 'request')}, ${count(errors, 'error')} (${percent(error_share)})`;
  if (revision === null) return `  no task was ready: ${what}`;
  return `  revision ${revision}: ${what}, p50 ${time(p50_ms)}, p99 ${time(p99_ms)}`;
}

/** `0 %`, `0.03 %`, `12 %`: two digits that say something. */
const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;

const time = (ms: number | null): string => {
  if (ms === null) return '-';
  return ms < 1000 ? `${Number(ms.toPrecision(2))} ms` : `${Number((ms / 1000).toPrecision(2))} s`;
};
