import type { Table } from '../../core/route/table.ts';
import { MOST_SERIES, type SeriesTraffic } from '../../core/traffic/messages.ts';
import { NO_TRAFFIC, type RevisionTraffic, sum, type Traffic } from '../../core/traffic/traffic.ts';

/** What all workers counted, dead ones too, by revision: it only grows. */
export interface TrafficSums {
  /** What one worker counted since it told last. What it tells of revisions that no table named is dropped. */
  add(revisions: readonly RevisionTraffic[]): void;
  /** Revisions of earlier tables are told of for a while yet. */
  keep(table: Table): void;
  totals(): readonly SeriesTraffic[];
}

interface Series {
  readonly service: string;
  readonly revision: number;
  readonly series: number;
  traffic: Traffic;
  /** It is in the newest table, or was until then. On the clock of `now`. */
  wantedUntil: number;
}

/** Long enough for a master that is started anew to hear the last of it. */
const TOLD_FOR = 10 * 60_000;

/** @param now ms, never set */
export function createTrafficSums(now: () => number): TrafficSums {
  let known = new Map<string, Series>();
  let last = 0;

  const begin = (service: string, revision: number): Series => {
    last += 1;
    return { service, revision, series: last, traffic: NO_TRAFFIC, wantedUntil: Number.POSITIVE_INFINITY };
  };

  return {
    add(revisions) {
      for (const told of revisions) {
        const series = known.get(keyOf(told.service, told.revision));
        if (series !== undefined) series.traffic = sum(series.traffic, told);
      }
    },

    keep(table) {
      const at = now();
      const kept = new Map<string, Series>();
      for (const [service, revision] of namedIn(table)) {
        const key = keyOf(service, revision);
        const series = known.get(key) ?? begin(service, revision);
        series.wantedUntil = Number.POSITIVE_INFINITY;
        if (kept.size < MOST_SERIES) kept.set(key, series);
      }
      const left = [...known].filter(([key]) => !kept.has(key));
      for (const [, series] of left) series.wantedUntil = Math.min(series.wantedUntil, at);
      // The latest to leave first: what there is no room for is what nobody waits for any more.
      left.sort(([, a], [, b]) => b.wantedUntil - a.wantedUntil);
      for (const [key, series] of left) {
        if (kept.size < MOST_SERIES && at - series.wantedUntil < TOLD_FOR) kept.set(key, series);
      }
      known = kept;
    },

    totals: () =>
      [...known.values()].map(({ service, revision, series, traffic }) => ({ service, revision, series, ...traffic })),
  };
}

const keyOf = (service: string, revision: number): string => `${service}/${revision}`;

/** Where no task is ready, requests are counted under revision 0. */
const namedIn = ({ targets, pools }: Table): readonly (readonly [string, number])[] => [
  ...targets.map(({ service, revision }) => [service, revision] as const),
  ...pools.map(({ service }) => [service, 0] as const),
];
