import type { Socket } from 'node:net';
import { recordOf, recordOfRefused } from './access-record.ts';
import { switchOut } from './answer-out.ts';
import type { ProxyContext } from './context.ts';
import { cut } from './cut.ts';
import type { Entry } from './entry.ts';
import { Exchange } from './exchange.ts';
import type { ExchangeHost } from './exchange-host.ts';
import { Fault } from './http1/fault.ts';
import { findHead, skipEmptyLines } from './http1/head-end.ts';
import { parseRequestHead } from './http1/request-head.ts';
import type { ResponseHead } from './http1/response-head.ts';
import type { Peer } from './peer.ts';
import { REFUSALS, refusalOut } from './refusal.ts';
import type { TargetConnection } from './target-connection.ts';
import type { Watched } from './ticker.ts';
import { Relay } from './websocket/relay.ts';

/** What a client may send ahead of its turn before it is not read any more, bytes. */
const MAX_AHEAD = 64 * 1024;
/** What a client may send that nobody reads, before it is cut, bytes. */
const MAX_DISCARDED = 4 * 1024 * 1024;

interface ClientOptions {
  readonly peer: Peer;
  readonly entry: Entry;
  readonly onClosed: () => void;
}

/** One client's connection: requests one at a time, in order. */
export class ClientConnection implements ExchangeHost, Watched {
  readonly socket: Socket;
  readonly context: ProxyContext;
  readonly entry: Entry;
  deadline: number;
  readonly #peer: Peer;
  readonly #onClosed: () => void;
  #unread: Buffer | undefined;
  /** How much of `#unread` is known to be the beginning of a head, bytes. */
  #checked = 0;
  #exchange: Exchange | undefined;
  #relay: Relay | undefined;
  #reading = false;
  #lingering = false;
  #discarded = 0;

  constructor(socket: Socket, context: ProxyContext, { peer, entry, onClosed }: ClientOptions) {
    this.socket = socket;
    this.context = context;
    this.entry = entry;
    this.#peer = peer;
    this.#onClosed = onClosed;
    this.deadline = context.ticker.now + context.timeouts.head;
    context.ticker.add(this);
    this.#listen();
  }

  /** Ends it from here, whatever it is doing. */
  destroy(): void {
    if (this.#relay !== undefined) this.#relay.close();
    else this.socket.destroy();
  }

  /** A connection that carries nothing is not waited for as long. */
  drain(): void {
    if (!this.#idle || this.socket.writableLength > 0) return;
    this.deadline = Math.min(this.deadline, this.context.ticker.now + this.context.timeouts.drainIdle);
  }

  onTick(): void {
    if (this.context.ticker.now >= this.deadline) this.#expire(undefined);
  }

  readonly #expire = this.#guarded(() => {
    if (this.#exchange !== undefined) this.#exchange.onDeadline();
    else if (this.socket.writableLength > 0) cut(this.socket);
    else if (this.#unread !== undefined && !this.#lingering) this.#refuseHead(REFUSALS.headTimeout);
    else this.socket.destroy();
  });

  readOn(): void {
    this.socket.resume();
    this.#read();
  }

  onDone(keep: boolean): void {
    this.#endExchange();
    if (!keep) {
      this.#linger();
      return;
    }
    this.#awaitHead();
    this.readOn();
  }

  onCut(): void {
    this.#endExchange();
    cut(this.socket);
  }

  onRefused(fault: Fault, keep: boolean): void {
    const exchange = this.#exchange;
    const { method = '', accept = '', minor = 1 } = exchange?.head ?? {};
    const connection = !keep ? 'close' : minor === 1 ? 'keep' : 'keep-1.0';
    this.socket.write(refusalOut(fault, { method, accept, requestId: exchange?.requestId ?? '', connection }));
    this.onDone(keep);
  }

  onSwitched(connection: TargetConnection, head: ResponseHead, rest: Buffer | undefined): void {
    const exchange = this.#exchange;
    this.socket.write(switchOut(head), 'latin1');
    this.deadline = Number.POSITIVE_INFINITY;
    this.#exchange = undefined;
    this.#relay = new Relay(this.socket, connection, {
      onClosed: (bytesIn, bytesOut) => this.#endRelay(exchange, bytesIn, bytesOut),
      onHalfClosed: () => this.#awaitEnd(),
    });
    if (rest !== undefined) this.#relay.onTargetData(rest);
    this.readOn();
  }

  get #idle(): boolean {
    return this.#exchange === undefined && this.#relay === undefined && this.#unread === undefined && !this.#lingering;
  }

  #listen(): void {
    const { socket } = this;
    socket.allowHalfOpen = true;
    socket.setKeepAlive(true, 60_000);
    const on = (event: string, act: (bytes: Buffer) => void) => socket.on(event, this.#guarded(act));
    on('data', (bytes) => this.#onData(bytes));
    on('drain', () => this.#onDrain());
    on('end', () => this.#onEnd());
    on('close', () => this.#onClose());
    socket.on('finish', () => this.#awaitEnd());
    socket.on('error', () => socket.destroy());
  }

  /** A bug met on behalf of one client ends that connection, not the process. */
  #guarded<A>(act: (argument: A) => void): (argument: A) => void {
    return (argument) => {
      try {
        act(argument);
      } catch (error) {
        this.socket.destroy();
        this.context.onBug(error);
      }
    };
  }

  #onData(bytes: Buffer): void {
    if (this.#lingering) {
      this.#discard(bytes);
      return;
    }
    if (this.#relay !== undefined) {
      this.#relay.onClientData(bytes);
      return;
    }
    const begins = this.#unread === undefined && this.#exchange === undefined;
    this.#unread = this.#unread === undefined ? bytes : Buffer.concat([this.#unread, bytes]);
    if (begins) this.#awaitHead();
    this.#read();
  }

  /** Takes what has been received to where it belongs, as far as that is possible now. */
  #read(): void {
    if (this.#reading) return;
    this.#reading = true;
    while (this.#unread !== undefined && this.#readPart(this.#unread));
    this.#reading = false;
  }

  /** @returns whether there may be more to do */
  #readPart(bytes: Buffer): boolean {
    if (this.#lingering || this.#relay !== undefined) return this.#pass(bytes);
    if (this.#exchange === undefined) return this.#readHead(bytes);
    if (!this.#exchange.wantsBody) return this.#keepAhead(bytes);
    this.#advance(bytes, this.#exchange.feedBody(bytes, 0));
    return true;
  }

  #pass(bytes: Buffer): false {
    this.#unread = undefined;
    this.#relay?.onClientData(bytes);
    return false;
  }

  /** The body of a request that has no connection yet, or requests whose turn comes later. */
  #keepAhead(bytes: Buffer): false {
    if (bytes.length >= MAX_AHEAD) this.socket.pause();
    return false;
  }

  #readHead(bytes: Buffer): boolean {
    if (this.socket.writableNeedDrain) return this.#keepAhead(bytes);
    const found = findHead(bytes, skipEmptyLines(bytes), this.entry.limits.headBytes, this.#checked);
    this.#checked = found === undefined ? bytes.length : 0;
    if (found === undefined) return false;
    const head = found instanceof Fault ? found : parseRequestHead(found.text, this.entry.limits);
    if (found instanceof Fault || head instanceof Fault) return this.#refuseHead(head instanceof Fault ? head : found);
    this.#advance(bytes, found.end);
    this.#exchange = new Exchange(this, head);
    this.#exchange.start();
    return true;
  }

  #advance(bytes: Buffer, end: number): void {
    this.#unread = end < bytes.length ? bytes.subarray(end) : undefined;
  }

  #refuseHead(fault: Fault | object): false {
    if (!(fault instanceof Fault)) return false;
    const requestId = this.context.requestId('');
    this.socket.write(refusalOut(fault, { method: 'GET', accept: '', requestId, connection: 'close' }));
    if (this.entry.counts) this.context.log?.(recordOfRefused(fault, this.#peer, requestId, this.context.now()));
    this.#linger();
    return false;
  }

  /** What is left of the last answer comes first: while that is under way nothing is late, whatever comes next. */
  #awaitHead(): void {
    const { timeouts, ticker, draining } = this.context;
    const idle = draining ? timeouts.drainIdle : timeouts.keepAlive;
    const unsent = this.socket.writableLength > 0;
    this.deadline = ticker.now + (unsent ? timeouts.downloadIdle : this.#unread === undefined ? idle : timeouts.head);
    if (unsent) this.socket.write('', (error) => error ?? this.#onSent());
  }

  #onSent(): void {
    const busy = this.#exchange !== undefined || this.#relay !== undefined || this.#lingering;
    if (!busy) this.#awaitHead();
  }

  #onDrain(): void {
    if (this.#relay !== undefined) this.#relay.onClientDrain();
    else if (this.#exchange !== undefined) this.#exchange.onClientDrain();
    else this.readOn();
  }

  /** A client that has not got its answer yet and sends FIN has left: it cannot be told from one that was closed. */
  #onEnd(): void {
    if (this.#relay !== undefined) {
      this.#relay.onClientEnd();
      return;
    }
    if (this.#exchange !== undefined) this.socket.destroy();
    else if (this.#lingering) this.socket.end();
    else this.#linger();
  }

  #onClose(): void {
    this.context.ticker.delete(this);
    this.#onClosed();
    this.#unread = undefined;
    this.#relay?.onClientClosed();
    this.#exchange?.onClientGone();
    if (this.#exchange !== undefined) this.#endExchange();
  }

  /**
   * Ends the sending side and reads on for a while: closing with unread bytes would reset the connection, and the
   * answer could be lost with it (RFC 9112 section 9.6).
   */
  #linger(): void {
    this.#lingering = true;
    this.#unread = undefined;
    this.socket.end();
    this.socket.resume();
    this.#awaitEnd();
  }

  /** A client that still has something to read may take its time for that, but not for much else. */
  #awaitEnd(): void {
    const { ticker, timeouts } = this.context;
    this.deadline = ticker.now + (this.socket.writableLength > 0 ? timeouts.downloadIdle : timeouts.linger);
  }

  #discard(bytes: Buffer): void {
    this.#discarded += bytes.length;
    if (this.#discarded > MAX_DISCARDED) cut(this.socket);
  }

  #endRelay(exchange: Exchange | undefined, bytesIn: number, bytesOut: number): void {
    exchange?.dispatch.release();
    if (exchange !== undefined) this.#log(exchange, bytesIn, bytesOut);
  }

  #endExchange(): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (exchange !== undefined) this.#log(exchange, exchange.bytesIn, exchange.bytesOut);
  }

  #log(exchange: Exchange, bytesIn: number, bytesOut: number): void {
    const { log, now } = this.context;
    if (this.entry.counts) log?.(recordOf(exchange, this.#peer, { now: now(), in: bytesIn, out: bytesOut }));
  }
}
