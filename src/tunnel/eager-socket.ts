import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/**
 * A socket for a session of HTTP/2 that takes what is written at once. Node's HTTP/2 reads nothing while a write of its own is
 * under way: two ends that both have more to say than their kernels hold would wait for each other for ever, and one that sends
 * much over a slow link would take its peer for silent. What lies here is bounded all the same: a session sends no more than its
 * peer's window before the peer has read it.
 */
export class EagerSocket extends Duplex {
  readonly #socket: TLSSocket;

  constructor(socket: TLSSocket) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.once('end', () => this.push(null));
    socket.once('error', (error) => this.destroy(error));
    socket.once('close', () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#socket.write(chunk);
    done();
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: () => void): void {
    this.#socket.cork();
    for (const { chunk } of chunks) this.#socket.write(chunk);
    this.#socket.uncork();
    done();
  }

  override _final(done: () => void): void {
    this.#socket.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
