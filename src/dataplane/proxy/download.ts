import type { Socket } from 'node:net';
import { answerOut, type Delivery, deliveryOf, interimOut } from './answer-out.ts';
import { writeBody } from './body-writer.ts';
import { type BodyReader, LengthReader } from './http1/body-reader.ts';
import { ChunkedReader } from './http1/chunked-reader.ts';
import { FAULTS, Fault } from './http1/fault.ts';
import { findHead } from './http1/head-end.ts';
import type { RequestHead } from './http1/request-head.ts';
import { parseResponseHead, type ResponseHead } from './http1/response-head.ts';

const SMALL = 8192;
const MAX_INTERIM = 32;

interface Limits {
  readonly headBytes: number;
  readonly headerCount: number;
}

/** What a download must know of its request, and what it is asked to decide. */
export interface DownloadOwner {
  readonly head: RequestHead;
  /** The final head is there and goes out next: what becomes of the client's connection? */
  onAnswer(head: ResponseHead, delivery: Delivery): 'keep' | 'keep-1.0' | 'close';
}

/** An answer on its way to the client. `feed` what the target sends until `done`, `fault` or `switched`. */
export class Download {
  head: ResponseHead | undefined;
  /** The answer is whole. */
  done = false;
  /** Bytes of the body, as the target sent them. */
  bytes = 0;
  fault: Fault | undefined;
  /** The target agreed to switch protocols; `rest` is what it sent since. */
  switched = false;
  /** Bytes behind the end of the answer. */
  rest: Buffer | undefined;
  delivery: Delivery = 'none';
  /** The target has asked for the request's body. */
  continued = false;
  /** The client takes no more for now. */
  blocked = false;
  readonly #client: Socket;
  readonly #owner: DownloadOwner;
  readonly #limits: Limits;
  readonly #lines: string;
  #partial: Buffer | undefined;
  #reader: BodyReader | undefined;
  #interim = 0;

  /** @param lines that go with the answer's head */
  constructor(client: Socket, owner: DownloadOwner, limits: Limits, lines: string) {
    this.#client = client;
    this.#lines = lines;
    this.#owner = owner;
    this.#limits = limits;
  }

  /** Whether a whole head of the target's was taken for an answer, or for the beginning of one. */
  get begun(): boolean {
    return this.head !== undefined || this.#interim > 0;
  }

  /** Whether the connection to the target can carry another request. */
  get reusable(): boolean {
    return this.done && this.rest === undefined && this.head?.keepAlive === true && !this.#mayGoOn(this.head);
  }

  feed(bytes: Buffer): void {
    if (this.head !== undefined) {
      this.#body(bytes, 0);
      return;
    }
    let buffer = this.#partial === undefined ? bytes : Buffer.concat([this.#partial, bytes]);
    const checked = this.#partial?.length ?? 0;
    this.#partial = undefined;
    let at = 0;
    while (this.head === undefined) {
      const found = findHead(buffer, at, this.#limits.headBytes, checked);
      if (found instanceof Fault) {
        this.#refuse(found);
        return;
      }
      if (found === undefined) {
        buffer = buffer.subarray(at);
        this.#partial = buffer.length > 0 ? buffer : undefined;
        return;
      }
      at = found.end;
      const head = parseResponseHead(found.text, this.#limits.headerCount);
      if (head instanceof Fault) {
        this.#refuse(head);
        return;
      }
      if (head.status < 200 && !this.#interimHead(head, buffer, at)) return;
      if (head.status >= 200) this.#finalHead(head, buffer, at);
    }
  }

  /** The target sends nothing more: the end of a body that has no other. */
  end(): void {
    if (this.head === undefined || this.done || this.#endsByItself()) return;
    this.done = true;
    if (this.delivery === 'chunked') this.#client.write('0\r\n\r\n', 'latin1');
  }

  /**
   * Bytes may still come where the answer ends with its connection, and behind a head that ends by rule (RFC 9112 section
   * 6.3) but promises a body, or to a HEAD does not say how long one would be: not every server knows the rule.
   */
  #mayGoOn({ status, framing }: ResponseHead): boolean {
    if (this.delivery !== 'none') return !this.#endsByItself();
    return framing.chunked || framing.length > 0 || (framing.length < 0 && status !== 204 && status !== 304);
  }

  #endsByItself(): boolean {
    return (
      this.delivery === 'none' || this.head === undefined || this.head.framing.chunked || this.head.framing.length >= 0
    );
  }

  /** @returns whether an answer may follow */
  #interimHead(head: ResponseHead, buffer: Buffer, at: number): boolean {
    this.#interim += 1;
    if (head.status === 100) this.continued = true;
    const { asksWebSocket, minor, expectContinue } = this.#owner.head;
    if (this.#interim > MAX_INTERIM || head.framing.chunked || head.framing.length >= 0)
      this.#refuse(FAULTS.statusLine);
    else if (head.status === 101) this.#switch(head, buffer, at, asksWebSocket);
    else if (minor === 1 && (head.status !== 100 || expectContinue)) this.#client.write(interimOut(head), 'latin1');
    return this.fault === undefined && !this.switched;
  }

  #switch(head: ResponseHead, buffer: Buffer, at: number, asked: boolean): void {
    if (!asked || head.upgrade !== 'websocket' || !head.connection.upgrade) {
      this.#refuse(FAULTS.statusLine);
      return;
    }
    this.head = head;
    this.switched = true;
    if (at < buffer.length) this.rest = buffer.subarray(at);
  }

  #finalHead(head: ResponseHead, buffer: Buffer, at: number): void {
    this.head = head;
    this.delivery = deliveryOf(head, this.#owner.head.method, this.#owner.head.minor);
    const text = answerOut(head, this.delivery, this.#owner.onAnswer(head, this.delivery), this.#lines);
    const length = this.delivery === 'none' ? 0 : head.framing.length;
    if (length >= 0 && length <= SMALL && buffer.length - at >= length) {
      this.#whole(text, buffer, at, at + length);
      return;
    }
    this.#reader = head.framing.chunked
      ? new ChunkedReader()
      : new LengthReader(length < 0 ? Number.POSITIVE_INFINITY : length);
    this.#client.cork();
    this.#client.write(text, 'latin1');
    if (at < buffer.length) this.#body(buffer, at);
    this.#client.uncork();
    this.blocked = this.#client.writableNeedDrain;
  }

  /** The usual small answer, in one write. */
  #whole(text: string, buffer: Buffer, from: number, to: number): void {
    this.bytes = to - from;
    this.done = true;
    if (to < buffer.length) this.rest = buffer.subarray(to);
    this.blocked = !this.#client.write(from === to ? text : text + buffer.toString('latin1', from, to), 'latin1');
  }

  #body(bytes: Buffer, from: number): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    const end = reader.feed(bytes, from);
    this.bytes = reader.total;
    if (reader.fault !== undefined) {
      this.#refuse(reader.fault);
      return;
    }
    this.blocked = !writeBody(this.#client, reader, this.delivery === 'chunked');
    this.done = reader.done;
    if (end < bytes.length) this.rest = bytes.subarray(end);
  }

  #refuse(fault: Fault): void {
    this.fault = fault;
  }
}
