import { canonicalPrefix, indexRoutes, matchRoute, type RouteIndex } from '../../core/route/match.ts';
import { pickTarget, type WeightedShare } from '../../core/route/pick.ts';
import type { TargetHealth, TargetStats } from '../../core/route/protocol.ts';
import { type Pool, type Route, routedTasks, type Share, type Table } from '../../core/route/table.ts';
import type { RevisionTraffic } from '../../core/traffic/traffic.ts';
import { Tallies, type Tally, UNSERVED } from './tally.ts';
import { TargetState } from './target-state.ts';

/** Workers begin at different turns, so that together they do not send each first request to the same target. */
const PHASES = 10_000;

type Shares = readonly WeightedShare<TargetState>[];

/** A pool of the table in use: one for all the routes that lead to it. */
interface LivePool {
  readonly service: string;
  readonly shares: Shares;
  readonly unserved: Tally;
}

/** A route of the table in use, with what this worker knows of its targets. */
export class LiveRoute {
  readonly host: string;
  readonly path: string;
  readonly route: Route;
  /** `project/name` */
  readonly service: string;
  /** Of requests that no task has seen. */
  readonly unserved: Tally;
  readonly #shares: Shares;
  #turn: number;

  constructor(route: Route, { service, shares, unserved }: LivePool, turn: number) {
    this.route = route;
    this.service = service;
    this.unserved = unserved;
    this.host = route.host;
    this.path = canonicalPrefix(route.path);
    this.#shares = shares;
    this.#turn = turn;
  }

  /** The target for the next request. */
  pick(): TargetState | undefined {
    this.#turn = (this.#turn + 1) % Number.MAX_SAFE_INTEGER;
    return pickTarget(this.#shares, this.#turn);
  }

  /** Whether a request could go to a target other than this one. */
  servesBeside(target: TargetState): boolean {
    return this.#shares.some((share) => share.targets.some((other) => other !== target && other.serving));
  }
}

/** The newest table, and every target that it names or that something is still in flight to. */
export class LiveTable {
  #index: RouteIndex<LiveRoute> = new Map();
  #targets = new Map<string, TargetState>();
  #serial: ReadonlySet<string> = new Set();
  readonly #tallies = new Tallies();
  /** Of the pools in use. */
  #unserved: readonly Tally[] = [];
  readonly #idleCallbacks: ((task: string) => void)[] = [];

  use(table: Table): void {
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
    const inUse = new Set(this.#unserved);
    for (const { tally } of this.#targets.values()) inUse.add(tally);
    return this.#tallies.take(inUse);
  }

  states(): Iterable<TargetState> {
    return this.#targets.values();
  }

  onIdleTarget(callback: (task: string) => void): void {
    this.#idleCallbacks.push(callback);
  }

  /** To be called whenever a target may have lost its last plain request. */
  noteIdle(state: TargetState): void {
    if (!isIdle(state)) return;
    for (const callback of this.#idleCallbacks) callback(state.target.task);
    this.#forget(state);
  }

  /** To be called whenever a target may have lost its last stream. */
  noteClosed(state: TargetState): void {
    this.#forget(state);
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
    const live = new Map(pools.map((pool) => [pool.name, this.#pool(pool)]));
    this.#unserved = Array.from(live.values(), ({ unserved }) => unserved);
    return routes.flatMap((route) => {
      const pool = live.get(route.pool);
      return pool ? [new LiveRoute(route, pool, Math.floor(Math.random() * PHASES))] : [];
    });
  }

  #pool({ service, shares }: Pool): LivePool {
    const unserved = this.#tallies.of(service, UNSERVED);
    return { service, shares: shares.map((share) => this.#share(share)), unserved };
  }

  #share({ weight, targets }: Share): WeightedShare<TargetState> {
    return { weight, targets: this.named(targets) };
  }
}

/** Out of routing, and without plain requests. */
const isIdle = ({ routed, inflight }: TargetState): boolean => !routed && inflight === 0;
