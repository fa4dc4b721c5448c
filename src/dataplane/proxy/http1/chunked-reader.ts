import { VALUE } from './chars.ts';
import { FAULTS, type Fault } from './fault.ts';
import { isBrokenHead } from './head-end.ts';
import { parseTrailers } from './trailers.ts';

const CR = 13;
const LF = 10;
const SEMICOLON = 59;
const MAX_DIGITS = 12;
const MAX_EXTENSION = 256;
const MAX_TRAILERS = 8 * 1024;
/** What one `feed` gives is put together where it is more parts than this, and shorter ones on average, bytes. */
const FEW = 8;
const SHORT = 1024;

type State = 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailers' | 'done';

/**
 * Reads a chunked body (RFC 9112 section 7.1), strictly: hex digits only, CRLF only, no white space. Extensions are
 * bounded and dropped. What is sent on is encoded anew, so the sender's own chunk headers go nowhere.
 */
export class ChunkedReader {
  /** Of the last `feed`: parts of the buffer it was given, or one copy of many small ones. */
  pieces: Buffer[] = [];
  /** Bytes in `pieces`. */
  size = 0;
  /** The whole body's data so far, bytes. */
  total = 0;
  fault: Fault | undefined;
  /** Field lines fit to be passed on, each with its CRLF; known when done. */
  trailers = '';
  #state: State = 'size';
  #left = 0;
  #digits = 0;
  #extension = 0;
  #trailerBytes = '';

  get done(): boolean {
    return this.#state === 'done';
  }

  /** @returns the offset behind what belongs to the body; the buffer's length until the body is done */
  feed(bytes: Buffer, from: number): number {
    this.pieces = [];
    this.size = 0;
    let at = from;
    while (at < bytes.length && this.#state !== 'done' && this.fault === undefined) at = this.#step(bytes, at);
    this.total += this.size;
    this.#join();
    return at;
  }

  /**
   * As an object, and as a write of its own, a part of one byte costs many times its size. Nobody counts that:
   * back-pressure counts bytes.
   */
  #join(): void {
    const { length } = this.pieces;
    if (length > FEW && this.size < length * SHORT) this.pieces = [Buffer.concat(this.pieces, this.size)];
  }

  #step(bytes: Buffer, at: number): number {
    if (this.#state === 'data') return this.#data(bytes, at);
    if (this.#state === 'trailers') return this.#trailerPart(bytes, at);
    this.#control(bytes[at] ?? 0);
    return at + 1;
  }

  #data(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.pieces.push(bytes.subarray(at, end));
    this.size += end - at;
    this.#left -= end - at;
    if (this.#left === 0) this.#state = 'data-cr';
    return end;
  }

  #control(byte: number): void {
    if (this.#state === 'size') this.#sizeByte(byte);
    else if (this.#state === 'extension') this.#extensionByte(byte);
    else if (this.#state === 'size-lf') this.#expect(byte, LF, this.#left === 0 ? 'trailers' : 'data');
    else if (this.#state === 'data-cr') this.#expect(byte, CR, 'data-lf');
    else this.#nextSize(byte);
  }

  #sizeByte(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.#left = this.#left * 16 + digit;
      this.#digits += 1;
      if (this.#digits > MAX_DIGITS) this.fault = FAULTS.chunk;
    } else if (this.#digits === 0) this.fault = FAULTS.chunk;
    else if (byte === SEMICOLON) this.#state = 'extension';
    else this.#expect(byte, CR, 'size-lf');
  }

  #extensionByte(byte: number): void {
    this.#extension += 1;
    if (byte === CR) this.#state = 'size-lf';
    else if (VALUE[byte] !== 1 || this.#extension > MAX_EXTENSION) this.fault = FAULTS.chunk;
  }

  #nextSize(byte: number): void {
    this.#digits = 0;
    this.#extension = 0;
    this.#expect(byte, LF, 'size');
  }

  #expect(byte: number, wanted: number, next: State): void {
    if (byte === wanted) this.#state = next;
    else this.fault = FAULTS.chunk;
  }

  #trailerPart(bytes: Buffer, at: number): number {
    const before = this.#trailerBytes.length;
    this.#trailerBytes += bytes.toString('latin1', at, Math.min(bytes.length, at + MAX_TRAILERS));
    const end = this.#trailerBytes.startsWith('\r\n') ? 0 : this.#trailerBytes.indexOf('\r\n\r\n') + 2;
    if (end === 1) {
      if (this.#trailerBytes.length >= MAX_TRAILERS || isBrokenHead(this.#trailerBytes)) this.fault = FAULTS.trailers;
      return bytes.length;
    }
    const trailers = parseTrailers(this.#trailerBytes.slice(0, end));
    if (typeof trailers === 'string') this.trailers = trailers;
    else this.fault = trailers;
    this.#state = 'done';
    return at + end + 2 - before;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
