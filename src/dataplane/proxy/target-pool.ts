import type { Contention } from './contention.ts';
import type { LiveTable } from './live-table.ts';
import type { ProxyLimits, ProxyTimeouts } from './options.ts';
import type { FarNodes } from './relay/far-nodes.ts';
import type { ConnectionOwner, TargetConnection } from './target-connection.ts';
import type { Ticker, Watched } from './ticker.ts';

interface Dependencies {
  readonly table: LiveTable;
  readonly nodes: FarNodes;
  readonly ticker: Ticker;
  readonly contention: Contention;
  readonly limits: ProxyLimits;
  readonly timeouts: ProxyTimeouts;
}

/** Kept connections to targets: bounded in number and age, the youngest used first. */
export class TargetPool implements Watched {
  readonly #deps: Dependencies;
  #watching = false;
  #closed = false;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /**
   * @param fresh only one that was in use a moment ago, so that the target cannot have meant to close it since; but not
   * one whose answer has just come: its end may be right behind that
   */
  take({ idle }: ConnectionOwner, fresh: boolean): TargetConnection | undefined {
    while (idle.at(-1)?.socket.destroyed) idle.pop(); // One that was reset leaves the pool only when it is told to be closed.
    const at = fresh ? this.#freshOf(idle) : idle.length - 1;
    const [connection] = at < 0 ? [] : idle.splice(at, 1);
    if (connection !== undefined) connection.used += 1;
    return connection;
  }

  /** Keeps a connection whose exchange is complete, or closes it. */
  put(connection: TargetConnection): void {
    const { state, socket } = connection;
    const keep = connection.current && !this.#closed && state.idle.length < this.#deps.limits.idlePerTarget;
    if (!keep || socket.writableLength > 0 || !this.#deps.contention.mayKeep(state)) {
      connection.destroy();
      return;
    }
    connection.keep();
    state.idle.push(connection);
    if (!this.#watching) this.#deps.ticker.add(this);
    this.#watching = true;
  }

  onTick(): void {
    let kept = 0;
    for (const state of this.#deps.table.states()) {
      state.dropIdle(this.#deps.timeouts.targetIdle);
      kept += state.idle.length;
    }
    for (const node of this.#deps.nodes.all()) {
      node.dropIdle(this.#deps.timeouts.relayIdle);
      kept += node.kept;
    }
    this.#watching = kept > 0;
    if (!this.#watching) this.#deps.ticker.delete(this);
  }

  /** Closes what is kept, now and from now on. */
  close(): void {
    this.#closed = true;
    for (const state of this.#deps.table.states()) state.dropIdle();
    for (const node of this.#deps.nodes.all()) node.dropIdle();
  }

  /**
   * The youngest that has settled, unless that is too old. By the real clock: after a stall of this process, a connection is
   * as old to its target as it is.
   */
  #freshOf(idle: readonly TargetConnection[]): number {
    const { settled, freshIdle } = this.#deps.timeouts;
    const now = performance.now();
    const at = idle.findLastIndex(({ socket, idleSince }) => !socket.destroyed && now - idleSince >= settled);
    return now - (idle[at]?.idleSince ?? now) < freshIdle ? at : -1;
  }
}
