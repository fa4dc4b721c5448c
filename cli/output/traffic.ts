import type { TrafficStatus } from '../../src/contract/status.ts';
import { clockTime } from './time.ts';
import { count } from './words.ts';

type Revision = TrafficStatus['revisions'][number];

const MINUTE = 60_000;

/**
 * What the ingress counted of each revision, a line each, so that they can be compared.
 * @param now epoch ms
 */
export function trafficLines(traffic: TrafficStatus, now: number): string[] {
  const { minutes, revisions } = traffic;
  const when = `in the last ${minutes} min${isOfCanary(traffic) ? ' of this step' : ''}${countedSince(traffic, now)}`;
  if (minutes === 0) return ['requests of this step are compared from its first whole minute on'];
  const inAll = revisions.reduce((sum, { requests }) => sum + requests, 0);
  if (inAll === 0) return [`no requests ${when}`];
  return [`${when}:`, ...revisions.map((one) => `  ${nameOf(one)}: ${shareText(one)}${whatText(one)}`)];
}

/** Two revisions share the requests. */
export const isOfCanary = ({ revisions }: TrafficStatus): boolean =>
  revisions.some(({ share_asked }) => share_asked !== null);

/** Where it is less than said: what came before was told to nobody who is there now. */
const countedSince = ({ minutes, since }: TrafficStatus, now: number): string =>
  now - since < (minutes - 1) * MINUTE ? `, counted since ${clockTime(since)}, when the server began` : '';

const nameOf = ({ revision }: Revision): string => (revision === null ? 'no task was ready' : `revision ${revision}`);

const shareText = ({ share_asked, share }: Revision): string => {
  if (share_asked === null) return '';
  const had = share === null ? '' : `, had ${percent(share, 3)}`;
  return `${percent(share_asked)} asked for${had}: `;
};

function whatText({ revision, requests, errors, error_share, p50_ms, p99_ms }: Revision): string {
  const what = `${count(requests, 'request')}, ${count(errors, 'error')} (${percent(error_share)})`;
  return revision === null || requests === 0 ? what : `${what}, p50 ${time(p50_ms)}, p99 ${time(p99_ms)}`;
}

/** `0 %`, `0.03 %`, `12 %`: two digits that say something, or as many as asked for. */
const percent = (share: number, digits = 2): string => `${Number((share * 100).toPrecision(digits))} %`;

const time = (ms: number | null): string => {
  if (ms === null) return '-';
  return ms < 1000 ? `${Number(ms.toPrecision(2))} ms` : `${Number((ms / 1000).toPrecision(2))} s`;
};
