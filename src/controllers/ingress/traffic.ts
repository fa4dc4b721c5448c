import { API_POOL } from '../../core/route/api-route.ts';
import { MOST_SERIES, type SeriesTraffic } from '../../core/traffic/messages.ts';
import { NO_TRAFFIC, type RevisionTraffic, requestsOf, since, sum, type Traffic } from '../../core/traffic/traffic.ts';
import {
  addTo,
  ageOf,
  KEPT_MINUTES,
  minuteOf,
  minutesWithin,
  overLast,
  recent,
  type Windows,
} from '../../core/traffic/windows.ts';

/** What the data plane counted, as this master was told: by revision, in all and by minute. Kept in memory. */
export interface TrafficBook {
  /** False until a data plane has told: one of an earlier version never does. */
  readonly told: boolean;
  /** Of a service's revisions, over the same minutes: the one that runs, and the whole ones before it. By revision. */
  overLast(service: string, minutes: number): readonly RevisionTraffic[];
  /** How many such minutes have begun within the last `age` ms; 0: the one that runs began earlier. */
  minutesWithin(age: number): number;
  /** How long ago the last `minutes` begin, or this master was first told, if that is later. Ms. */
  ageOf(minutes: number): number;
  /** Since this master began, or longer where the data plane is older. By service and revision. */
  totals(): readonly RevisionTraffic[];
  /** Of all services, also those that are forgotten. Orca's own API is none. */
  sum(): Traffic;
}

export interface TrafficKeeper extends TrafficBook {
  /** @param life of the data plane: another one counts from 0 again */
  hear(life: string, revisions: readonly SeriesTraffic[]): void;
}

interface Entry {
  readonly service: string;
  readonly revision: number;
  readonly total: Traffic;
  readonly windows: Windows;
  /** What was told last, and of which series. */
  readonly told: Traffic;
  readonly series: string;
}

/** @param steady ms, never set: what is told is stamped when it arrives */
export function createTrafficBook(steady: () => number): TrafficKeeper {
  let entries = new Map<string, Entry>();
  let all = NO_TRAFFIC;
  let toldAt: number | undefined;

  const hearOne = (life: string, now: SeriesTraffic, minute: number): Entry => {
    const { service, revision } = now;
    const series = `${life}/${now.series}`;
    const before = entries.get(keyOf(now)) ?? fresh(service, revision);
    const grown = (before.series === series ? since(before.told, now) : undefined) ?? now;
    if (service !== API_POOL) all = sum(all, grown);
    // When the first data plane counted what it had when this master came, nobody knows.
    const isNews = toldAt !== undefined && requestsOf(grown) + grown.failed > 0;
    const windows = isNews ? addTo(before.windows, minute, plain(grown)) : before.windows;
    return { service, revision, total: sum(before.total, grown), windows, told: plain(now), series };
  };

  return {
    get told() {
      return toldAt !== undefined;
    },

    hear(life, revisions) {
      const minute = minuteOf(steady());
      const heard = new Map(revisions.map((one) => [keyOf(one), hearOne(life, one, minute)]));
      for (const [key, entry] of entries) {
        const isKept = heard.size < MOST_SERIES && recent(entry.windows, minute, KEPT_MINUTES).length > 0;
        if (isKept && !heard.has(key)) heard.set(key, entry);
      }
      entries = heard;
      toldAt ??= steady();
    },

    overLast(service, minutes) {
      const minute = minuteOf(steady());
      return [...entries.values()]
        .filter((entry) => entry.service === service)
        .sort((a, b) => a.revision - b.revision)
        .map(({ revision, windows }) => ({ service, revision, ...overLast(windows, minute, minutes) }));
    },

    minutesWithin: (age) => minutesWithin(steady(), age),

    ageOf(minutes) {
      const now = steady();
      return Math.min(ageOf(now, minutes), now - (toldAt ?? now));
    },

    totals: () =>
      [...entries.values()]
        .sort((a, b) => (a.service === b.service ? a.revision - b.revision : a.service < b.service ? -1 : 1))
        .map(({ service, revision, total }) => ({ service, revision, ...total })),

    sum: () => all,
  };
}

const keyOf = ({ service, revision }: { readonly service: string; readonly revision: number }): string =>
  `${service}/${revision}`;

const fresh = (service: string, revision: number): Entry => ({
  service,
  revision,
  total: NO_TRAFFIC,
  windows: [],
  told: NO_TRAFFIC,
  series: '',
});

/** Without what a message has beside it. */
const plain = ({ classes, failed, errors, seconds, buckets }: Traffic): Traffic => ({
  classes,
  failed,
  errors,
  seconds,
  buckets,
});
