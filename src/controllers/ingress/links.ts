import type { ObservedHealth, Routing } from '../../core/rollout/observed.ts';
import type { CertificateSet } from '../../core/route/certificates.ts';
import type { TargetStats, WorkerStatus } from '../../core/route/protocol.ts';
import type { Table } from '../../core/route/table.ts';
import type { Placed } from '../world.ts';
import type { IngressLink } from './link.ts';

/** What the data planes of all nodes are given together: one id, each its own part. */
export interface Tables {
  /** Tasks that some of them routes to or names: an acknowledgement by any of them is of all. */
  readonly listed: ReadonlySet<string>;
  of(node: string): Table;
}

/**
 * The data planes of all nodes, and what they say together. What is to be routed counts once all that are there have it in use. One
 * that is away delays nothing: it gets the newest table before it serves again. Nor does one that has just come, until it has
 * that table in use: else every node that joins would make all that serves look as if it did not.
 */
export interface Links {
  /** Ids of the nodes that have one. */
  nodes(): readonly string[];
  of(node: string): IngressLink | undefined;
  /** Those that are connected, though their workers may not be known yet. */
  connected(): readonly IngressLink[];
  /** Given to all, also to those that come later. */
  publish(tables: Tables): void;
  /** Given to all, also to those that come later. */
  useCertificates(set: CertificateSet): void;
  /** All that are connected, and can serve TLS, use the set with this id; false while none does. */
  useThose(id: string): boolean;
  /** Every worker of all that are connected, and have caught up, uses the table that was published last; false while none does. */
  settled(): boolean;
  /** Of all that are connected; undefined while none is. */
  workers(): readonly WorkerStatus[] | undefined;
  /** Since when none has been connected; undefined while one is. Epoch ms. */
  lostSince(): number | undefined;
  /** Since when the task's own node's has not been; where that has none, as `lostSince`. Epoch ms. */
  lostSinceFor(task: Placed): number | undefined;
  /** As its own node's data plane told last. */
  health(task: Placed): ObservedHealth | undefined;
  /** As its own node's data plane tells: of another node's tasks none has anything to tell. */
  stats(task: Placed): TargetStats | undefined;
  /**
   * In all tables once its own node's data plane has it, and every other one that is connected and has caught up. Out of them by the
   * word of its own node's, away or not, and of every other one that is connected, caught up or not: it may serve with an older table.
   */
  routing(task: Placed): Routing;
  /** See IngressLink. Also told of one that comes or goes. */
  readonly onChange: IngressLink['onChange'];
}

/** The same, for who knows which nodes have one. */
export interface KnownLinks extends Links {
  add(node: string, link: IngressLink): void;
  remove(node: string): void;
}

export function createLinks(first: Readonly<Record<string, IngressLink>> = {}): KnownLinks {
  const links = new Map<string, IngressLink>();
  const unlisten = new Map<string, () => void>();
  const callbacks = new Set<Parameters<IngressLink['onChange']>[0]>();
  let newest: Tables | undefined;
  let certificates: CertificateSet | undefined;

  const all = (): readonly IngressLink[] => [...links.values()];
  const live = () => all().filter((link) => link.workers() !== undefined);
  const tell: Parameters<IngressLink['onChange']>[0] = (tasks, what) => {
    for (const callback of [...callbacks]) callback(tasks, what);
  };

  /** Whose word is needed, of those who may send to the task. */
  const senders = ({ node }: Placed): readonly IngressLink[] => {
    const own = links.get(node);
    const others = live().filter((link) => link !== own);
    if (own) return [own, ...others];
    return others.length > 0 ? others : all();
  };

  /** Whose having a table is waited for, of these. */
  const upToDate = (some: readonly IngressLink[], own?: IngressLink): readonly IngressLink[] => {
    const ready = some.filter((link) => link === own || link.caughtUp());
    return ready.length > 0 ? ready : some;
  };

  const remove = (node: string) => {
    unlisten.get(node)?.();
    if (links.delete(node)) tell('all', 'state');
  };

  const add = (node: string, link: IngressLink) => {
    remove(node);
    links.set(node, link);
    unlisten.set(node, link.onChange(tell));
    if (certificates) link.useCertificates(certificates);
    if (newest) link.publish(newest.of(node), newest.listed);
    tell('all', 'state');
  };

  for (const [node, link] of Object.entries(first)) add(node, link);

  const result: KnownLinks = {
    nodes: () => [...links.keys()],
    of: (node) => links.get(node),
    connected: () => all().filter((link) => link.connected() !== undefined),
    add,
    remove,
    publish(tables) {
      newest = tables;
      for (const [node, link] of links) link.publish(tables.of(node), tables.listed);
    },
    useCertificates(set) {
      certificates = set;
      for (const link of all()) link.useCertificates(set);
    },
    useThose(id) {
      const told = all().flatMap((link) => link.certificates() ?? []);
      return told.length > 0 && told.every((one) => one.id === id);
    },
    settled: () => live().length > 0 && upToDate(live()).every((link) => link.settled()),
    workers: () => (live().length > 0 ? live().flatMap((link) => link.workers() ?? []) : undefined),
    lostSince: () => latest(live().length > 0 ? [] : all().map((link) => link.lostSince())),
    lostSinceFor: ({ node }) => (links.get(node) ?? result).lostSince(),
    health: ({ id, node }) => {
      const own = links.get(node);
      return own
        ? own.health(id)
        : all()
            .map((link) => link.health(id))
            .find((health) => health !== undefined);
    },
    stats: ({ id, node }) => {
      const own = links.get(node);
      return own ? own.stats(id) : sum(all().flatMap((link) => link.stats(id) ?? []));
    },
    routing(task) {
      const asked = senders(task);
      const goneAt = latest(asked.map((link) => link.routing(task.id).goneAt));
      return {
        everywhere:
          asked.length > 0 && upToDate(asked, links.get(task.node)).every((link) => link.routing(task.id).everywhere),
        somewhere: asked.some((link) => link.routing(task.id).somewhere),
        ...(goneAt !== undefined && { goneAt }),
      };
    },
    onChange(callback) {
      callbacks.add(callback);
      return () => void callbacks.delete(callback);
    },
  };
  return result;
}

function latest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}

const sum = ([first, ...others]: readonly TargetStats[]): TargetStats | undefined =>
  first &&
  others.reduce(
    (all, one) => ({
      task: all.task,
      inflight: all.inflight + one.inflight,
      streams: all.streams + one.streams,
      requests: all.requests + one.requests,
      errors: all.errors + one.errors,
      failed: all.failed + one.failed,
    }),
    first,
  );
