import { isCount, isList, isNumber, isRecord, isText } from '../route/checks.ts';
import { BUCKETS } from './histogram.ts';
import { CLASSES, type RevisionTraffic } from './traffic.ts';

/** More revisions than these a data plane does not tell of, and a master does not keep. */
export const MOST_SERIES = 2048;

/** A revision's counters since `series` began: those of another number have nothing to do with them. */
export interface SeriesTraffic extends RevisionTraffic {
  /** Unique in the life of a data plane. */
  readonly series: number;
}

export const isRevisionTraffic = (v: unknown): v is RevisionTraffic =>
  isRecord(v) &&
  isText(v['service']) &&
  isCount(v['revision']) &&
  isList(v['classes'], isCount) &&
  v['classes'].length === CLASSES &&
  isCount(v['failed']) &&
  isCount(v['errors']) &&
  isNumber(v['seconds']) &&
  v['seconds'] >= 0 &&
  isBuckets(v['buckets']);

export const isSeriesTraffic = (v: unknown): v is SeriesTraffic =>
  isRevisionTraffic(v) && isCount(Reflect.get(v, 'series'));

function isBuckets(v: unknown): boolean {
  if (!isList(v, isCount) || v.length % 2 !== 0) return false;
  let last = -1;
  for (let at = 0; at < v.length; at += 2) {
    const [bucket = BUCKETS, count = 0] = [v[at], v[at + 1]];
    if (bucket <= last || bucket >= BUCKETS || count === 0) return false;
    last = bucket;
  }
  return true;
}
