import { Socket } from 'node:net';

type Done = (error?: Error | null) => void;

/** The other side has closed or reset the connection. What it said before may still lie in the kernel. */
const GONE = new Set(['EPIPE', 'ECONNRESET']);

/**
 * A socket that is read to its end when it cannot be written to any more. Node's own is torn down by the first write that
 * fails, and an early answer with it that was received but not read yet (RFC 9112 section 9.5). What is written to it after
 * that is dropped.
 */
export class TargetSocket extends Socket {
  /** Why nothing that is written arrives any more. */
  broken: Error | undefined;
  #done: Done = () => {};

  override _write(chunk: unknown, encoding: BufferEncoding, done: Done): void {
    if (this.#drops(done)) return;
    this.#done = done;
    super._write(chunk, encoding, this.#onWritten);
  }

  override _writev(chunks: { chunk: unknown; encoding: BufferEncoding }[], done: Done): void {
    if (this.#drops(done)) return;
    this.#done = done;
    super._writev?.(chunks, this.#onWritten);
  }

  #drops(done: Done): boolean {
    if (this.broken !== undefined) done();
    return this.broken !== undefined;
  }

  readonly #onWritten: Done = (error) => {
    if (!error || !('code' in error) || !GONE.has(String(error.code))) return this.#done(error);
    this.broken = error;
    this.#done();
  };
}
