import { canonicalPrefix, indexRoutes, matchRoute, type RouteIndex } from '../../core/route/match.ts';
import { pickTarget, type WeightedPool } from '../../core/route/pick.ts';
import type { TargetHealth, TargetStats } from '../../core/route/protocol.ts';
import type { Pool, Route, Table } from '../../core/route/table.ts';
import { TargetState } from './target-state.ts';

/** Workers begin at different turns, so that together they do not send each first request to the same target. */
const PHASES = 10_000;

/** A route of the table in use, with what this worker knows of its targets. */
export class LiveRoute {
  readonly host: string;
  readonly path: string;
  readonly route: Route;
  readonly #pools: readonly WeightedPool<TargetState>[];
  #turn: number;

  constructor(route: Route, pools: readonly WeightedPool<TargetState>[], turn: number) {
    this.route = route;
    this.host = route.host;
    this.path = canonicalPrefix(route.path);
    this.#pools = pools;
    this.#turn = turn;
  }

  /** The target for the next request. */
  pick(): TargetState | undefined {
    this.#turn = (this.#turn + 1) % Number.MAX_SAFE_INTEGER;
    return pickTarget(this.#pools, this.#turn);
  }

  /** Whether a request could go to a target other than this one. */
  servesBeside(target: TargetState): boolean {
    return this.#pools.some((pool) => pool.targets.some((other) => other !== target && other.serving));
  }
}

/** The newest table, and every target that it names or that something is still in flight to. */
export class LiveTable {
  #index: RouteIndex<LiveRoute> = new Map();
  #targets = new Map<string, TargetState>();
  readonly #idleCallbacks: ((task: string) => void)[] = [];

  use(table: Table): void {
    const routed = new Set(table.routes.flatMap((route) => route.pools.flatMap((pool) => pool.targets)));
    const before = this.#targets;
    this.#targets = new Map();
    for (const target of table.targets) {
      const state = before.get(target.task) ?? new TargetState(target);
      this.#targets.set(target.task, state);
      state.update(target, routed.has(target.task));
    }
    this.#index = indexRoutes(table.routes.map((route) => this.#live(route)));
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

  stats(): readonly TargetStats[] {
    return Array.from(this.#targets.values(), (state) => state.stats());
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

  #live(route: Route): LiveRoute {
    const pools = route.pools.map((pool) => this.#pool(pool));
    return new LiveRoute(route, pools, Math.floor(Math.random() * PHASES));
  }

  #pool(pool: Pool): WeightedPool<TargetState> {
    const targets = pool.targets.map((task) => this.#targets.get(task)).filter((state) => state !== undefined);
    return { weight: pool.weight, targets };
  }
}

/** Out of routing, and without plain requests. */
const isIdle = ({ routed, inflight }: TargetState): boolean => !routed && inflight === 0;
