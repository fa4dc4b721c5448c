import type { Socket } from 'node:net';
import { writeBody } from './body-writer.ts';
import { type BodyReader, readerOf } from './http1/body-reader.ts';
import { FAULTS, type Fault } from './http1/fault.ts';
import type { Framing } from './http1/framing.ts';

/** A request's body on its way to the target. */
export class Upload {
  readonly #reader: BodyReader;
  readonly #chunked: boolean;
  readonly #limit: number;
  fault: Fault | undefined;
  /** Something of it has come, if only the beginning of a chunk. */
  begun = false;
  /** The target takes no more for now. */
  blocked = false;

  /** @param limit of the body, bytes, 0: none */
  constructor(framing: Framing, limit: number) {
    this.#reader = readerOf(framing);
    this.#chunked = framing.chunked;
    this.#limit = limit;
  }

  get done(): boolean {
    return this.#reader.done;
  }

  get bytes(): number {
    return this.#reader.total;
  }

  /** @returns the offset behind what belongs to the body */
  feed(bytes: Buffer, from: number, target: Socket): number {
    const end = this.#reader.feed(bytes, from);
    this.begun ||= end > from;
    this.fault = this.#reader.fault;
    if (this.#limit > 0 && this.#reader.total > this.#limit) this.fault ??= FAULTS.bodyTooLarge;
    if (this.fault === undefined && !writeBody(target, this.#reader, this.#chunked)) this.blocked = true;
    return end;
  }
}
