import { LOCAL_NODE } from '../../core/model/node.ts';
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

/** What the data planes counted together, as this master was told: by revision, in all and by minute. Kept in memory. */
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
  /**
   * All that the data plane of a node tells.
   *
   * @param life of it: another one counts from 0 again
   * @param node its id
   */
  hear(life: string, revisions: readonly SeriesTraffic[], node?: string): void;
  /** The node is removed: what it counted stays counted. */
  forget(node: string): void;
}

interface Entry {
  readonly service: string;
  readonly revision: number;
  readonly total: Traffic;
  readonly windows: Windows;
  /** What was told last, by node. */
  readonly told: ReadonlyMap<string, Told>;
}

interface Told {
  /** Of which life and series. */
  readonly series: string;
  readonly traffic: Traffic;
}

/** @param steady ms, never set: what is told is stamped when it arrives */
export function createTrafficBook(steady: () => number): TrafficKeeper {
  let entries = new Map<string, Entry>();
  let all = NO_TRAFFIC;
  let toldAt: number | undefined;
  /** Nodes whose data planes have told. */
  const heard = new Set<string>();

  const hearOne = (from: { node: string; life: string }, now: SeriesTraffic, minute: number): Entry => {
    const { service, revision } = now;
    const series = `${from.life}/${now.series}`;
    const before = entries.get(keyOf(now)) ?? fresh(service, revision);
    const last = before.told.get(from.node);
    const grown = (last?.series === series ? since(last.traffic, now) : undefined) ?? now;
    if (service !== API_POOL) all = sum(all, grown);
    // When the first data plane of a node counted what it had when this master came, nobody knows.
    const isNews = heard.has(from.node) && requestsOf(grown) + grown.failed > 0;
    const windows = isNews ? addTo(before.windows, minute, plain(grown)) : before.windows;
    const told = new Map(before.told).set(from.node, { series, traffic: plain(now) });
    return { service, revision, total: sum(before.total, grown), windows, told };
  };

  /** It tells of the entry no more: one that nobody tells of is kept for its minutes. */
  const without = (entry: Entry, node: string): Entry => {
    if (!entry.told.has(node)) return entry;
    const told = new Map(entry.told);
    told.delete(node);
    return { ...entry, told };
  };

  /** @param named those that this node tells of */
  const settle = (node: string, named: ReadonlyMap<string, Entry>): void => {
    const minute = minuteOf(steady());
    const kept = new Map(named);
    const others = [...entries]
      .filter(([key]) => !named.has(key))
      .map(([key, one]) => [key, without(one, node)] as const);
    for (const [key, entry] of others) if (entry.told.size > 0) kept.set(key, entry);
    for (const [key, entry] of others) {
      const isRecent = entry.told.size === 0 && recent(entry.windows, minute, KEPT_MINUTES).length > 0;
      if (isRecent && kept.size < MOST_SERIES) kept.set(key, entry);
    }
    entries = kept;
  };

  return {
    get told() {
      return toldAt !== undefined;
    },

    hear(life, revisions, node = LOCAL_NODE) {
      const minute = minuteOf(steady());
      settle(node, new Map(revisions.map((one) => [keyOf(one), hearOne({ node, life }, one, minute)])));
      heard.add(node);
      toldAt ??= steady();
    },

    forget(node) {
      heard.delete(node);
      settle(node, new Map());
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
  told: new Map(),
});

/** Without what a message has beside it. */
const plain = ({ classes, failed, errors, seconds, buckets }: Traffic): Traffic => ({
  classes,
  failed,
  errors,
  seconds,
  buckets,
});
