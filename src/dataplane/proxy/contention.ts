import type { Sign } from '../../core/route/contention.ts';
import type { ConnectionOwner, TargetConnection } from './target-connection.ts';
import { TICK, type Ticker, type Watched } from './ticker.ts';

/** Ms until a connection without an answer is silent, and at most as long again; said again after twice as long each time, and not any more in the end. */
const SILENT_AFTER = 100;
const LONGEST_GAP = 2000;
/** How long one that cannot do several at once keeps its hands free for other workers, ms. */
const HELD = 300;

interface Wait {
  gap: number;
  /** On the ticker. */
  due: number;
  silent: boolean;
}

interface Options {
  readonly ticker: Ticker;
  readonly tell: (signs: readonly Sign[]) => void;
}

/**
 * No request waits for a connection that is kept: a server with one thread may be waiting for that one's next request. New
 * connections are watched until their first answer; requests on kept ones cost nothing here.
 */
export class Contention implements Watched {
  readonly #waits = new Map<TargetConnection, Wait>();
  readonly #options: Options;
  /** The last end of all targets that are held, on the ticker, whose time stands still while nobody watches it. */
  #heldUntil = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  began(connection: TargetConnection): void {
    const { ticker } = this.#options;
    ticker.add(this);
    // The clock may be a step behind: without another one it would be early by that.
    this.#waits.set(connection, { gap: SILENT_AFTER, due: ticker.now + SILENT_AFTER + TICK, silent: false });
  }

  /** The first bytes on a new connection. */
  answered(connection: TargetConnection): void {
    const { state, contention } = connection;
    if (contention.silent > 0) this.#excuse(connection);
    if (this.ended(connection)) this.#tell(state, 'answered');
    if (contention.kept === 0 || contention.concurrent) return;
    contention.concurrent = true;
    this.#tell(state, 'concurrent');
  }

  /** @returns whether it was silent */
  ended(connection: TargetConnection): boolean {
    const wait = this.#waits.get(connection);
    if (wait === undefined) return false;
    this.#waits.delete(connection);
    this.#rest();
    if (wait.silent) connection.contention.silent -= 1;
    return wait.silent;
  }

  onTick(): void {
    const { now } = this.#options.ticker;
    const silent = new Set<ConnectionOwner>();
    for (const [connection, wait] of this.#waits) {
      if (now < wait.due) continue;
      silent.add(connection.state);
      this.#say(connection, wait, now);
    }
    const signs = [...silent].flatMap((state) => this.#silent(state));
    if (signs.length > 0) this.#options.tell(signs);
    this.#rest();
  }

  /** Another worker's connection to these is silent, or this one's own. */
  release(states: readonly ConnectionOwner[]): void {
    const { ticker } = this.#options;
    if (states.length > 0) this.#heldUntil = ticker.now + HELD;
    if (states.length > 0) ticker.add(this);
    for (const state of states) {
      state.contention.heldUntil = this.#heldUntil;
      if (this.#close(state)) this.#tell(state, 'released');
    }
  }

  /** Whether a connection to it may be kept now. */
  mayKeep(state: ConnectionOwner): boolean {
    const { contention } = state;
    if (contention.concurrent) return true;
    if (state.serial) return false;
    if (contention.silent === 0 && this.#options.ticker.now >= contention.heldUntil) return true;
    if (!contention.told) this.#tell(state, 'released');
    contention.told = true;
    return false;
  }

  /** Nothing to watch, until there is. */
  #rest(): void {
    const { ticker } = this.#options;
    if (this.#waits.size === 0 && ticker.now >= this.#heldUntil) ticker.delete(this);
  }

  #say(connection: TargetConnection, wait: Wait, now: number): void {
    if (!wait.silent) connection.contention.silent += 1;
    wait.silent = true;
    wait.gap *= 2;
    wait.due = now + wait.gap;
    if (wait.gap > LONGEST_GAP) this.ended(connection);
  }

  #silent(state: ConnectionOwner): Sign[] {
    const { task } = state;
    state.contention.told = this.#close(state);
    const signs: Sign[] = [{ task, kind: 'silent' }];
    if (state.contention.told) signs.push({ task, kind: 'released' });
    return signs;
  }

  /** Of one that does several at once, those that nobody needs; of another, all. */
  #close(state: ConnectionOwner): boolean {
    const before = state.idle.length;
    state.dropIdle(state.contention.concurrent ? SILENT_AFTER : 0);
    return state.idle.length < before;
  }

  /** One that was accepted later has its answer, so what is silent since before does not wait in a queue: it is slow. */
  #excuse(answered: TargetConnection): void {
    for (const connection of this.#waits.keys()) {
      if (connection === answered) return;
      if (connection.contention === answered.contention) this.ended(connection);
    }
  }

  #tell({ task }: ConnectionOwner, kind: Sign['kind']): void {
    this.#options.tell([{ task, kind }]);
  }
}
