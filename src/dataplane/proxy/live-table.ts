import { canonicalPrefix, indexRoutes, matchRoute, type RouteIndex } from '../../core/route/match.ts';
import type { WeightedShare } from '../../core/route/pick.ts';
import type { TargetHealth, TargetStats } from '../../core/route/protocol.ts';
import { type Pool, type Route, routedTasks, type Share, type Table } from '../../core/route/table.ts';
import type { RevisionTraffic } from '../../core/traffic/traffic.ts';
import type { Destination } from './destination.ts';
import { LivePool } from './live-pool.ts';
import type { FarTargets } from './relay/far-targets.ts';
import type { RequestPool } from './request-pool.ts';
import { Tallies, type Tally, UNSERVED } from './tally.ts';
import { TargetState } from './target-state.ts';

/** A route of the table in use. */
export class LiveRoute {
  readonly host: string;
  readonly path: string;
  readonly route: Route;
  readonly pool: RequestPool;

  constructor(route: Route, pool: RequestPool) {
    this.route = route;
    this.pool = pool;
    this.host = route.host;
    this.path = canonicalPrefix(route.path);
  }
}

/** The newest table, and every target that it names or that something is still in flight to. */
export class LiveTable {
  #index: RouteIndex<LiveRoute> = new Map();
  #targets = new Map<string, TargetState>();
  #serial: ReadonlySet<string> = new Set();
  readonly #tallies = new Tallies();
  /** By name. */
  #pools: ReadonlyMap<string, LivePool> = new Map();
  readonly #far: FarTargets | undefined;
  readonly #idleCallbacks: ((task: string) => void)[] = [];

  /** @param far tasks of other nodes; without it tables are taken for those of a single one */
  constructor(far?: FarTargets) {
    this.#far = far;
  }

  use(table: Table): void {
    this.#far?.begin(table.peers);
    const routed = routedTasks(table);
    const before = this.#targets;
    this.#targets = new Map();
    for (const target of table.targets) {
      const tally = this.#tallies.of(target.service, target.revision);
      const state = before.get(target.task) ?? new TargetState(target, tally);
      state.tally = tally;
      this.#targets.set(target.task, state);
      state.update(target, routed.has(target.task));
      state.setSerial(this.#serial.has(target.task));
    }
    this.#index = indexRoutes(this.#liveRoutes(table));
    for (const [task, state] of before) if (!this.#targets.has(task)) this.#retire(task, state);
    // Nobody is told: whoever gave the table asks for the counters with it.
    for (const state of [...this.#targets.values()]) if (isIdle(state)) this.#forget(state);
  }

  /** Requests for its tasks come from this node, too. */
  takesFrom(node: string): boolean {
    return this.#far?.knows(node) === true;
  }

  pool(name: string): LivePool | undefined {
    return this.#pools.get(name);
  }

  match(host: string, path: string): LiveRoute | undefined {
    return matchRoute(this.#index, host, path);
  }

  setHealth(targets: readonly TargetHealth[]): void {
    for (const health of targets) this.#targets.get(health.task)?.report(health);
  }

  /** The tasks that answer on one connection at a time, also those that come with a later table. */
  setSerial(tasks: ReadonlySet<string>): void {
    this.#serial = tasks;
    for (const [task, state] of this.#targets) state.setSerial(tasks.has(task));
  }

  /** Those that are known. */
  named(tasks: readonly string[]): readonly TargetState[] {
    return tasks.map((task) => this.#targets.get(task)).filter((state) => state !== undefined);
  }

  stats(): readonly TargetStats[] {
    return Array.from(this.#targets.values(), (state) => state.stats());
  }

  takeTraffic(): readonly RevisionTraffic[] {
    const inUse = new Set<Tally>();
    for (const { unserved } of this.#pools.values()) inUse.add(unserved);
    for (const { tally } of this.#targets.values()) inUse.add(tally);
    for (const tally of this.#far?.tallies() ?? []) inUse.add(tally);
    return this.#tallies.take(inUse);
  }

  states(): Iterable<TargetState> {
    return this.#targets.values();
  }

  onIdleTarget(callback: (task: string) => void): void {
    this.#idleCallbacks.push(callback);
  }

  /** To be called whenever a target may have lost its last plain request. */
  noteIdle(state: Destination): void {
    if (!(state instanceof TargetState) || !isIdle(state)) return;
    for (const callback of this.#idleCallbacks) callback(state.target.task);
    this.#forget(state);
  }

  /** To be called whenever a target may have lost its last stream. */
  noteClosed(state: Destination): void {
    if (state instanceof TargetState) this.#forget(state);
  }

  /** One that nothing is in flight to is forgotten by `noteIdle`. */
  #retire(task: string, state: TargetState): void {
    state.retire();
    this.#targets.set(task, state);
  }

  #forget(state: TargetState): void {
    if (state.retired && !state.busy) this.#targets.delete(state.target.task);
  }

  #liveRoutes({ pools, routes }: Table): readonly LiveRoute[] {
    this.#pools = new Map(pools.map((pool) => [pool.name, this.#pool(pool)]));
    return routes.flatMap((route) => {
      const pool = this.#pools.get(route.pool);
      return pool ? [new LiveRoute(route, pool)] : [];
    });
  }

  #pool(pool: Pool): LivePool {
    const { name, service, split } = pool;
    const unserved = this.#tallies.of(service, UNSERVED);
    const shares = pool.shares.map((share) => this.#share(share, pool));
    const contents = { service, split, shares, unserved };
    const known = this.#pools.get(name);
    known?.use(contents);
    return known ?? new LivePool(contents);
  }

  #share({ weight, targets, others = [] }: Share, { name, service }: Pool): WeightedShare<Destination> {
    const own = this.named(targets);
    const elsewhere = others.flatMap(
      (other) => this.#far?.of(other, name, this.#tallies.of(service, other.revision)) ?? [],
    );
    return { weight, targets: elsewhere.length === 0 ? own : [...own, ...elsewhere] };
  }
}

/** Out of routing, and without plain requests. */
const isIdle = ({ routed, inflight }: TargetState): boolean => !routed && inflight === 0;
