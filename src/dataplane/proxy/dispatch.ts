import type { ProxyContext } from './context.ts';
import type { Destination } from './destination.ts';
import type { Entry } from './entry.ts';
import type { Fault } from './http1/fault.ts';
import type { LiveRoute } from './live-table.ts';
import type { Looker } from './looks.ts';
import { REFUSALS } from './refusal.ts';
import { FarTarget } from './relay/far-target.ts';
import type { Asker, RequestPool } from './request-pool.ts';
import { type ConnectionUser, TargetConnection } from './target-connection.ts';
import { TargetState } from './target-state.ts';
import type { Watched } from './ticker.ts';

/** Failures of this machine, which say nothing about the target. */
const OWN_FAILURES = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL']);

/** How much longer than for a connection another node's data plane is waited for: it may look for a task that long, ms. */
const RELAY_PATIENCE = 1_000;

interface DispatchOwner extends Asker, ConnectionUser {
  /** There is a connection; the request may be sent. */
  onReady(connection: TargetConnection): void;
  /** Whatever was said to one destination is of no account: it is the turn of another. */
  onAgain(): void;
  onUnreachable(fault: Fault): void;
}

interface DispatchOptions {
  readonly context: ProxyContext;
  readonly entry: Pick<Entry, 'counts' | 'patient'>;
  /** Whose request it is, and who uses the connection that is found. */
  readonly owner: DispatchOwner;
  /** Looked up anew at each try: the table may have changed meanwhile. */
  readonly route: () => LiveRoute | undefined;
}

/** Finds a target for one request and a connection to it, and moves on while targets cannot be reached. */
export class Dispatch implements Looker, Watched {
  /** Where the request is counted at the moment. */
  target: Destination | undefined;
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
  /** While another node has tasks for it, and none at the moment, it is looked again until then; on the ticker. */
  #giveUpAt = 0;
  #waits = false;

  constructor(options: DispatchOptions) {
    this.#options = options;
  }

  /** @param fresh not on a kept connection */
  start(fresh = false): void {
    const { context, route, owner } = this.#options;
    const target = this.#pick(route()?.pool);
    if (target === undefined) {
      if (this.#mayWait()) this.#wait();
      else owner.onUnreachable(REFUSALS.noTarget);
      return;
    }
    context.ticker.delete(this);
    this.#claim(target);
    const kept = fresh ? undefined : context.pool.take(target.owner, !owner.head.repeatable);
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
    const { context, owner } = this.#options;
    const { connection, target } = this;
    if (connection === undefined) return;
    try {
      connection.user = owner;
      if (connection.current && target?.serving) owner.onReady(connection);
      else this.again();
    } catch (error) {
      owner.onBroken();
      context.onBug(error);
    }
  }

  /** Nothing was sent: another connection, and the target whose turn it is now. */
  again(): void {
    this.#options.owner.onAgain();
    this.release();
    this.start();
  }

  /** It was sent to a data plane that is to say whether a task has it. */
  offered(mayMove: boolean): void {
    const { ticker, timeouts } = this.#options.context;
    this.#patience = mayMove ? ticker.now + timeouts.failover + RELAY_PATIENCE : Number.POSITIVE_INFINITY;
    ticker.add(this);
  }

  /** A task of another node has it. */
  taken(): void {
    this.#options.context.ticker.delete(this);
  }

  /** No task there has seen anything of it. Tables do not change everywhere at once: it is asked again for a while. */
  notTaken(): void {
    if (this.target instanceof FarTarget) this.target.rest();
    this.again();
  }

  connected(): void {
    this.#options.context.ticker.delete(this);
    if (this.connection !== undefined) this.#options.owner.onReady(this.connection);
  }

  /** The connection was refused or did not come about: nothing was sent, so any request may go elsewhere. */
  failed(error: Error | undefined): void {
    const { context, route, owner } = this.#options;
    context.ticker.delete(this);
    const { target } = this;
    const code = error !== undefined && 'code' in error ? String(error.code) : 'closed';
    if (target === undefined) return;
    if (OWN_FAILURES.has(code)) {
      owner.onUnreachable(REFUSALS.overloaded);
      return;
    }
    this.#takeOut(target, code);
    const pool = route()?.pool;
    if (pool?.reachesFar === true || pool?.servesBeside(target) === true) this.again();
    else owner.onUnreachable(REFUSALS.refused);
  }

  /** By the ticker: a timer of its own would be over before sockets are looked at when this process has been stalled. */
  onTick(): void {
    const { context, owner } = this.#options;
    try {
      if (this.#waits) this.#lookAgain();
      else if (context.ticker.now >= this.#patience) this.#tooSlow();
    } catch (error) {
      owner.onBroken();
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

  /** It is with a task. */
  sent(): void {
    if (this.target !== undefined) this.target.requests += 1;
  }

  /** With a status of the app's own. */
  answered(status: number): void {
    this.count(status, this.target);
    if (status >= 500 && this.target !== undefined) this.target.errors += 1;
  }

  /**
   * Counts the request: once, when it is known what its client is answered.
   * @param target who has seen it, if anybody
   */
  count(status: number, target: Destination | undefined): void {
    if (!this.#options.entry.counts) return;
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
    this.#waits = false;
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

  #pick(pool: RequestPool | undefined): Destination | undefined {
    if (pool !== undefined && this.#point < 0) this.#point = pool.pointFor(this.#options.owner);
    return pool?.pick(this.#point);
  }

  #claim(target: Destination): void {
    this.tries += 1;
    this.target = target;
    target.inflight += 1;
  }

  #connect(target: Destination): void {
    const { ticker, timeouts, onBug, contention } = this.#options.context;
    const watch = target.ask === undefined ? contention : undefined;
    this.connection = new TargetConnection(target.owner, { user: this.#options.owner, watch, onBug });
    this.#patience = ticker.now + timeouts.failover;
    ticker.add(this);
  }

  /** While another target serves, a slow one is as good as a dead one. */
  #tooSlow(): void {
    const { context, entry, owner, route } = this.#options;
    const { target } = this;
    context.ticker.delete(this);
    if (target === undefined) return;
    const by = this.connection?.state;
    const elsewhere = route()?.pool.servesBeside(target) === true || (by !== undefined && target.hasOtherWay(by));
    if (!elsewhere && entry.patient) return;
    this.#takeOut(target, 'no connection in time');
    if (elsewhere) this.again();
    else owner.onUnreachable(REFUSALS.noTarget);
  }

  /** A node that has tasks for it may be there in a moment: it was cut off, or its certificate is on its way. */
  #mayWait(): boolean {
    const { context, route } = this.#options;
    const { ticker, timeouts } = context;
    if (route()?.pool.reachesFar !== true) return false;
    this.#giveUpAt ||= ticker.now + timeouts.failover;
    return ticker.now < this.#giveUpAt;
  }

  #wait(): void {
    this.#waits = true;
    this.#options.context.ticker.add(this);
  }

  #lookAgain(): void {
    this.#waits = false;
    this.start();
  }

  #takeOut(target: Destination, error: string): void {
    target.takeOut(error, this.connection?.state);
    if (!(target instanceof TargetState)) return;
    const { address, port } = target.target;
    this.#options.context.targetDown(target.task, `${error} on ${address}:${port}`);
  }
}
