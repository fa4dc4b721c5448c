import { ChunkedReader } from './chunked-reader.ts';
import type { Fault } from './fault.ts';
import type { Framing } from './framing.ts';

/** Takes a body out of a stream of buffers. */
export interface BodyReader {
  /** Of the last `feed`: few, or large; parts of the buffer it was given where that saves a copy. */
  readonly pieces: readonly Buffer[];
  /** Bytes in `pieces`. */
  readonly size: number;
  /** The whole body's data so far, bytes. */
  readonly total: number;
  readonly done: boolean;
  readonly fault: Fault | undefined;
  readonly trailers: string;
  /** @returns the offset behind what belongs to the body */
  feed(bytes: Buffer, from: number): number;
}

/** @param length bytes; Infinity for a body that ends with its connection */
export class LengthReader implements BodyReader {
  pieces: readonly Buffer[] = [];
  size = 0;
  total = 0;
  readonly fault = undefined;
  readonly trailers = '';
  readonly #length: number;

  constructor(length: number) {
    this.#length = length;
  }

  get done(): boolean {
    return this.total >= this.#length;
  }

  feed(bytes: Buffer, from: number): number {
    const end = Math.min(bytes.length, from + this.#length - this.total);
    this.size = end - from;
    this.pieces = this.size === bytes.length ? [bytes] : [bytes.subarray(from, end)];
    this.total += this.size;
    return end;
  }
}

/** For a request; an answer without either length ends with its connection. */
export const readerOf = (framing: Framing): BodyReader =>
  framing.chunked ? new ChunkedReader() : new LengthReader(Math.max(0, framing.length));
