import type { Delivery } from './answer-out.ts';
import type { Destination } from './destination.ts';
import { Dispatch } from './dispatch.ts';
import { Download } from './download.ts';
import type { ExchangeHost } from './exchange-host.ts';
import { FAULTS, Fault } from './http1/fault.ts';
import type { RequestHead } from './http1/request-head.ts';
import type { ResponseHead } from './http1/response-head.ts';
import type { LiveRoute } from './live-table.ts';
import { latenessOf, nextTimeout } from './next-timeout.ts';
import type { Client } from './peer.ts';
import { REFUSALS } from './refusal.ts';
import { Offer } from './relay/offer.ts';
import { requestOut } from './request-out.ts';
import { type RequestTarget, readTarget } from './request-target.ts';
import type { ConnectionUser, TargetConnection } from './target-connection.ts';
import { Upload } from './upload.ts';

/** One request and its answer. */
export class Exchange implements ConnectionUser {
  readonly head: RequestHead;
  readonly requestId: string;
  readonly began: number;
  target: RequestTarget | undefined;
  client: Client | undefined;
  route: LiveRoute | undefined;
  /** For the access log. */
  status = 0;
  error = '';
  bytesOut = 0;
  task = '';
  readonly dispatch: Dispatch;
  readonly #host: ExchangeHost;
  #phase: 'connecting' | 'open' | 'ended' = 'connecting';
  #upload: Upload | undefined;
  #download: Download | undefined;
  #closeClient = false;
  /** That it was sent to on a connection that died; it is sent a second time then. */
  #sentTo: Destination | undefined;
  /** Another node's data plane has the head, and is to say that a task has it. */
  #offer: Offer | undefined;

  constructor(host: ExchangeHost, head: RequestHead) {
    const { context, entry } = host;
    this.#host = host;
    this.head = head;
    this.requestId = context.requestId(head.requestId);
    this.began = context.now();
    this.dispatch = new Dispatch({ context, entry, owner: this, route: () => this.#match() });
  }

  get bytesIn(): number {
    return this.#upload?.bytes ?? 0;
  }

  /** Whether bytes of the client belong to this request and can be taken now. */
  get wantsBody(): boolean {
    return this.#phase === 'open' && this.#upload !== undefined && !this.#upload.done && !this.#upload.blocked;
  }

  start(): void {
    const { timeouts } = this.#host.context;
    const fault = this.#admit();
    if (fault === undefined) {
      this.#due(this.head.asksWebSocket ? timeouts.wsConnect : timeouts.connect);
      this.dispatch.start();
    } else this.#refuse(fault);
  }

  /** @returns why it goes nowhere */
  #admit(): Fault | undefined {
    const { entry } = this.#host;
    const target = readTarget(this.head);
    if (target instanceof Fault) return target;
    this.target = target;
    const route = this.#match();
    const own = entry.answerTo(this.head, target, route);
    if (own !== undefined || route === undefined) return own ?? entry.unmatched;
    if (entry.limits.bodyBytes > 0 && this.head.framing.length > entry.limits.bodyBytes) return FAULTS.bodyTooLarge;
    this.client = entry.clientOf(this.head, target.authority);
    return undefined;
  }

  onConnected(): void {
    this.dispatch.connected();
  }

  onAgain(): void {
    this.#offer = undefined;
  }

  /** None has seen anything of it, but for one whose kept connection died of it: that is to blame. */
  onUnreachable(fault: Fault): void {
    this.#sentTo?.blame(REFUSALS.closed.status);
    this.#refuse(this.#sentTo === undefined ? fault : REFUSALS.closed);
  }

  /** Sends the head, and lets the body follow as it comes. A kept connection that takes nothing has sent nothing. */
  onReady(connection: TargetConnection): void {
    const { head, target, route, client, requestId, dispatch } = this;
    const to = dispatch.target;
    if (target === undefined || route === undefined || client === undefined || to === undefined) return;
    const { serial } = connection.state;
    connection.socket.write(requestOut({ head, target, route, client, requestId, serial, ask: to.ask }), 'latin1');
    if (connection.used > 0 && connection.socket.broken !== undefined) dispatch.again();
    else if (to.ask === undefined) this.#open(to.task);
    else this.#offer = new Offer(this, this.#host.context.limits);
  }

  onTaken(task: string, rest: Buffer | undefined): void {
    this.#offer = undefined;
    this.#open(task);
    if (rest !== undefined && this.#phase === 'open') this.onTargetData(rest);
  }

  #open(task: string): void {
    const { socket, entry, context } = this.#host;
    this.#phase = 'open';
    this.task = task;
    this.dispatch.sent();
    const said = this.#download === undefined && this.route !== undefined ? entry.taken(this.route, task) : '';
    if (said !== '') socket.write(said, 'latin1');
    this.#download = new Download(socket, this, context.limits, entry.linesFor(this.route));
    if (this.head.hasBody) this.#upload = new Upload(this.head.framing, entry.limits.bodyBytes);
    this.#dueNext();
    this.#host.readOn();
  }

  /** @returns the offset behind what was taken */
  feedBody(bytes: Buffer, from: number): number {
    const upload = this.#upload;
    const connection = this.dispatch.connection;
    if (upload === undefined || connection === undefined) return bytes.length;
    const end = upload.feed(bytes, from, connection.socket);
    if (upload.fault !== undefined) this.fail(upload.fault);
    else {
      if (upload.blocked) this.#host.socket.pause();
      this.#dueNext();
      if (upload.done && this.#download?.done) this.#complete();
    }
    return end;
  }

  onTargetDrain(): void {
    if (this.#upload === undefined || !this.#upload.blocked) return;
    this.#upload.blocked = false;
    this.#dueNext();
    this.#host.readOn();
  }

  onClientDrain(): void {
    if (this.#download === undefined) return;
    this.#download.blocked = false;
    this.#dueNext();
    this.dispatch.connection?.socket.resume();
  }

  onTargetData(bytes: Buffer): void {
    if (this.#offer !== undefined) {
      this.#offer.feed(bytes);
      return;
    }
    const download = this.#download;
    if (download === undefined) return;
    download.feed(bytes);
    // What lay on a kept connection, or was on its way, is no answer to a request that came later.
    if (download.fault !== undefined) this.#failed(REFUSALS.badAnswer);
    else if (download.switched) this.#switch(download);
    else if (download.done) this.#complete();
    else {
      if (download.blocked) this.dispatch.connection?.socket.pause();
      this.#dueNext();
    }
  }

  onTargetEnd(): void {
    this.#download?.end();
    if (this.#download?.done) this.#complete();
    else this.onTargetClosed(undefined);
  }

  onTargetClosed(error: Error | undefined): void {
    if (this.#phase === 'ended') return;
    if (this.#offer !== undefined) this.#offer.closed(error);
    else if (this.#phase === 'connecting') this.dispatch.failed(error);
    else this.#failed(REFUSALS.closed);
  }

  onBroken(): void {
    this.#host.socket.destroy();
  }

  /** The client left, or can no longer be reached. */
  onClientGone(): void {
    if (this.#phase === 'ended') return;
    if (this.status === 0) this.dispatch.count(0, this.dispatch.target);
    this.status ||= 499;
    this.error ||= 'client-gone';
    this.#end();
  }

  onDeadline(): void {
    if (this.#phase === 'connecting') this.fail(this.dispatch.expired());
    else if (this.#download?.blocked) this.#cut('download-timeout');
    else this.fail(latenessOf(this.head, this.#upload, this.#download));
  }

  onAnswer(head: ResponseHead, delivery: Delivery): 'keep' | 'keep-1.0' | 'close' {
    this.status = head.status;
    this.dispatch.answered(head.status);
    if (head.eventStream && this.head.asksForEvents && delivery !== 'none') this.dispatch.becomeStream();
    const uploading = this.#upload !== undefined && !this.#upload.done;
    this.#closeClient = !this.head.keepAlive || uploading || delivery === 'until-close' || this.#host.context.draining;
    return this.#closeClient ? 'close' : this.head.minor === 1 ? 'keep' : 'keep-1.0';
  }

  #match(): LiveRoute | undefined {
    const { target } = this;
    if (target === undefined) return undefined;
    const route = this.#host.entry.match(this.head, target);
    this.route = route ?? this.route;
    return route;
  }

  #failed(fault: Fault): void {
    const kept = (this.dispatch.connection?.used ?? 0) > 0;
    const mayRetry = kept && this.#sentTo === undefined && this.head.repeatable && this.#download?.begun === false;
    if (mayRetry) this.#retry();
    else this.fail(fault);
  }

  #retry(): void {
    this.#sentTo = this.dispatch.target;
    this.#phase = 'connecting';
    this.#due(this.#host.context.timeouts.connect);
    this.dispatch.release();
    this.dispatch.start(true);
  }

  /**
   * Both ways are complete, or the answer is and the rest of the request does not matter any more. Servers that were
   * asked to upgrade may have let go of HTTP on that connection even when they refuse: it is not kept.
   */
  #complete(): void {
    const download = this.#download;
    if (download === undefined || this.#phase === 'ended') return;
    const uploaded = this.#upload?.done !== false;
    if (uploaded && download.reusable && !this.head.asksWebSocket) this.dispatch.keep();
    this.#end();
    this.#host.onDone(uploaded && !this.#closeClient);
  }

  #switch(download: Download): void {
    const { connection } = this.dispatch;
    if (connection === undefined || download.head === undefined) return;
    this.status = 101;
    this.dispatch.count(101, this.dispatch.target);
    this.dispatch.becomeStream();
    this.#phase = 'ended';
    this.#host.onSwitched(connection, download.head, download.rest);
  }

  /** Answers with a fault, or cuts an answer that has begun. The target is to blame for a 502 or 504. */
  fail(fault: Fault): void {
    if (this.#phase === 'ended') return;
    if (fault.status === 502 || fault.status === 504) this.dispatch.blame(this.status || fault.status);
    if (this.#download?.head === undefined) this.#refuse(fault);
    else this.#cut(fault.code);
  }

  #refuse(fault: Fault): void {
    this.status = fault.status;
    this.error = fault.code;
    this.dispatch.count(fault.status, fault.status === 503 ? undefined : (this.dispatch.target ?? this.#sentTo));
    const unread = this.head.hasBody && this.#upload?.done !== true;
    this.#end();
    this.#host.onRefused(fault, fault.status !== 400 && !unread && this.head.keepAlive && !this.#host.context.draining);
  }

  #cut(code: string): void {
    this.error = code;
    this.#end();
    this.#host.onCut();
  }

  #end(): void {
    this.#phase = 'ended';
    this.bytesOut = this.#download?.bytes ?? 0;
    this.dispatch.release();
  }

  /** Sets the time by which the next thing must have happened. */
  #dueNext(): void {
    this.#due(nextTimeout(this.#host.context.timeouts, this.head, this.#upload, this.#download));
  }

  #due(timeout: number): void {
    this.#host.deadline = this.#host.context.ticker.now + timeout;
  }
}
