import type { ClientHttp2Stream } from 'node:http2';
import { Duplex } from 'node:stream';

/** Of what a node says when it opens no stream, bytes. */
const MOST_SAID = 4096;

/**
 * A CONNECT stream of HTTP/2 as a plain one. Node's own ends as if all had been read when its connection breaks; this one fails.
 * It has the methods that Node's HTTP client calls on sockets.
 */
export class ByteStream extends Duplex {
  readonly #inner: ClientHttp2Stream;
  readonly #refused: (said: string) => Error;
  readonly #broken: (cause: unknown) => Error;
  #opened = false;

  /**
   * @param refused what is thrown if the other end opens none; `said` is its answer's body
   * @param broken what is thrown if it ends before its end
   */
  constructor(inner: ClientHttp2Stream, refused: (said: string) => Error, broken: (cause: unknown) => Error) {
    super({ allowHalfOpen: true, readableHighWaterMark: 256 * 1024, writableHighWaterMark: 256 * 1024 });
    this.#inner = inner;
    this.#refused = refused;
    this.#broken = broken;
    inner.once('response', (headers) => (headers[':status'] === 200 ? this.#open() : this.#refuse()));
    inner.on('error', (error) => this.#break(error));
    inner.on('close', () => {
      if (!this.readableEnded && !this.#isWhole()) this.#break();
    });
  }

  #open(): void {
    const inner = this.#inner;
    this.#opened = true;
    inner.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) inner.pause();
    });
    inner.on('end', () => {
      if (this.#isWhole()) this.push(null);
      else this.#break();
    });
  }

  #break(cause?: unknown): void {
    if (!this.destroyed) this.destroy(this.#broken(cause));
  }

  #refuse(): void {
    let said = '';
    this.#inner.setEncoding('utf8');
    this.#inner.on('data', (text: string) => {
      if (said.length < MOST_SAID) said += text;
    });
    this.#inner.on('end', () => this.destroy(this.#refused(said.slice(0, MOST_SAID))));
  }

  /** The other end ended it, and nobody gave it up: who does so here or there does it with an error. */
  #isWhole(): boolean {
    const { rstCode, aborted, session } = this.#inner;
    return this.#opened && rstCode === 0 && !(aborted && session?.destroyed !== false);
  }

  override _read(): void {
    if (this.#opened) this.#inner.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#inner.destroyed || this.#inner.closed) done(this.#broken(undefined));
    else if (this.#inner.write(chunk)) done();
    else this.#inner.once('drain', done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#inner.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    // With an error, as otherwise what was written would have an end.
    if (!this.readableEnded || !this.writableFinished || error !== null) this.#inner.destroy(new Error('given up'));
    done(error);
  }

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
