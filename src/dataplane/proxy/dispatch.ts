import type { ProxyContext } from './context.ts';
import type { Fault } from './http1/fault.ts';
import type { Asker, LivePool } from './live-pool.ts';
import type { LiveRoute } from './live-table.ts';
import type { Looker } from './looks.ts';
import { REFUSALS } from './refusal.ts';
import { type ConnectionUser, TargetConnection } from './target-connection.ts';
import type { TargetState } from './target-state.ts';
import type { Watched } from './ticker.ts';

/** Failures of this machine, which say nothing about the target. */
const OWN_FAILURES = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL']);

interface DispatchEvents {
  /** There is a connection; the request may be sent. */
  onReady(connection: TargetConnection): void;
  onUnreachable(fault: Fault): void;
}

interface DispatchOptions {
  readonly context: ProxyContext;
  readonly user: ConnectionUser;
  readonly events: DispatchEvents;
  /** Looked up anew at each try: the table may have changed meanwhile. */
  readonly route: () => LiveRoute | undefined;
  readonly asker: Asker;
  /** The request can be sent twice: any kept connection will do. */
  readonly repeatable: boolean;
}

/** Finds a target for one request and a connection to it, and moves on while targets cannot be reached. */
export class Dispatch implements Looker, Watched {
  /** Where the request is counted at the moment. */
  target: TargetState | undefined;
  connection: TargetConnection | undefined;
  tries = 0;
  /** It is counted as a stream, no longer as a plain request. */
  streaming = false;
  readonly #options: DispatchOptions;
  readonly #began = performance.now();
  /** Where the request falls among the shares: one that is tried again stays in its share while that serves. Below 0: not known yet. */
  #point = -1;
  /** When another target has its turn, on the ticker. */
  #patience = 0;

  constructor(options: DispatchOptions) {
    this.#options = options;
  }

  /** @param fresh not on a kept connection */
  start(fresh = false): void {
    const { context, route, repeatable, events } = this.#options;
    const target = this.#pick(route()?.pool);
    if (target === undefined) {
      events.onUnreachable(REFUSALS.noTarget);
      return;
    }
    this.#claim(target);
    const kept = fresh ? undefined : context.pool.take(target, !repeatable);
    if (kept === undefined) {
      this.#connect(target);
      return;
    }
    this.connection = kept;
    context.looks.after(this);
  }

  /**
   * What lay in a kept connection's socket when it was taken has been read by now, and has closed it if there was anything.
   * Then nothing was sent, and it is the turn of another.
   */
  onLooked(): void {
    const { context, user, events } = this.#options;
    const { connection, target } = this;
    if (connection === undefined) return;
    try {
      connection.user = user;
      if (connection.current && target?.serving) events.onReady(connection);
      else this.again();
    } catch (error) {
      user.onBroken();
      context.onBug(error);
    }
  }

  /** Nothing was sent: another connection, and the target whose turn it is now. */
  again(): void {
    this.release();
    this.start();
  }

  connected(): void {
    this.#options.context.ticker.delete(this);
    if (this.connection !== undefined) this.#options.events.onReady(this.connection);
  }

  /** The connection was refused or did not come about: nothing was sent, so any request may go elsewhere. */
  failed(error: Error | undefined): void {
    const { context, route, events } = this.#options;
    context.ticker.delete(this);
    const { target } = this;
    const code = error !== undefined && 'code' in error ? String(error.code) : 'closed';
    if (target === undefined) return;
    if (OWN_FAILURES.has(code)) {
      events.onUnreachable(REFUSALS.overloaded);
      return;
    }
    this.#takeOut(target, code);
    if (route()?.pool.servesBeside(target) !== true) {
      events.onUnreachable(REFUSALS.refused);
      return;
    }
    this.again();
  }

  /** By the ticker: a timer of its own would be over before sockets are looked at when this process has been stalled. */
  onTick(): void {
    const { context, user } = this.#options;
    if (context.ticker.now < this.#patience) return;
    context.ticker.delete(this);
    try {
      this.#tooSlow();
    } catch (error) {
      user.onBroken();
      context.onBug(error);
    }
  }

  /** The time for connecting is over, and there is no other target. */
  expired(): Fault {
    if (this.target !== undefined) this.#takeOut(this.target, 'no connection in time');
    return REFUSALS.connectTimeout;
  }

  /** From a plain request to a stream. */
  becomeStream(): void {
    if (this.target === undefined || this.streaming) return;
    this.streaming = true;
    this.target.inflight -= 1;
    this.target.streams += 1;
    this.#options.context.table.noteIdle(this.target);
  }

  /**
   * Holds the target to account for a request that failed, or whose answer was cut; a stream may end any time.
   * @param status that the client is answered
   */
  blame(status: number): void {
    if (!this.streaming) this.target?.blame(status);
  }

  /**
   * Counts the request: once, when it is known what its client is answered.
   * @param target who has seen it, if anybody
   */
  count(status: number, target: TargetState | undefined): void {
    const tally = target?.tally ?? this.#options.route()?.pool.unserved;
    tally?.answered(status, performance.now() - this.#began);
  }

  /** Keeps the connection for other requests. The claim goes too. */
  keep(): void {
    if (this.connection !== undefined) this.#options.context.pool.put(this.connection);
    this.connection = undefined;
    this.release();
  }

  /** Gives up the claim, and closes the connection if there still is one. */
  release(): void {
    this.#options.context.ticker.delete(this);
    this.connection?.destroy();
    this.connection = undefined;
    const { target } = this;
    this.target = undefined;
    if (target === undefined) return;
    if (this.streaming) target.streams -= 1;
    else target.inflight -= 1;
    if (this.streaming) this.#options.context.table.noteClosed(target);
    else this.#options.context.table.noteIdle(target);
  }

  #pick(pool: LivePool | undefined): TargetState | undefined {
    if (pool !== undefined && this.#point < 0) this.#point = pool.pointFor(this.#options.asker);
    return pool?.pick(this.#point);
  }

  #claim(target: TargetState): void {
    this.tries += 1;
    this.target = target;
    target.inflight += 1;
  }

  #connect(target: TargetState): void {
    const { ticker, timeouts, onBug, contention } = this.#options.context;
    this.connection = new TargetConnection(target, { user: this.#options.user, watch: contention, onBug });
    this.#patience = ticker.now + timeouts.failover;
    ticker.add(this);
  }

  /** While another target serves, a slow one is as good as a dead one. */
  #tooSlow(): void {
    const { target } = this;
    if (target === undefined || this.#options.route()?.pool.servesBeside(target) !== true) return;
    this.#takeOut(target, 'no connection in time');
    this.again();
  }

  #takeOut(target: TargetState, error: string): void {
    const { address, port } = target.target;
    target.takeOut();
    this.#options.context.targetDown(target, `${error} on ${address}:${port}`);
  }
}
