import type { Socket } from 'node:net';
import type { ConnectionUser, TargetConnection } from '../target-connection.ts';
import { FrameTracker } from './frames.ts';

/** Close 1012, "service restart" (RFC 6455 section 7.4.2): clients come again. */
const RESTART = Buffer.from([0x88, 0x02, 0x03, 0xf4]);

interface RelayEvents {
  /** Both sides are gone. Called once. */
  onClosed(bytesIn: number, bytesOut: number): void;
  /** One side has ended; the other has a while to do the same. */
  onHalfClosed(): void;
}

/** A switched connection: bytes both ways, each side read only as fast as the other takes them. */
export class Relay implements ConnectionUser {
  readonly #client: Socket;
  readonly #target: TargetConnection;
  readonly #events: RelayEvents;
  readonly #frames = new FrameTracker();
  #in = 0;
  #out = 0;
  #closed = false;

  constructor(client: Socket, target: TargetConnection, events: RelayEvents) {
    this.#client = client;
    this.#target = target;
    this.#events = events;
    target.user = this;
  }

  onConnected(): void {}

  onClientData(bytes: Buffer): void {
    if (this.#closed) return;
    this.#in += bytes.length;
    if (!this.#target.socket.write(bytes)) this.#client.pause();
  }

  onClientDrain(): void {
    this.#target.socket.resume();
  }

  /** A client that sends nothing more may still read. */
  onClientEnd(): void {
    this.#target.socket.end();
    this.#events.onHalfClosed();
  }

  onClientClosed(): void {
    this.#finish();
  }

  onTargetData(bytes: Buffer): void {
    this.#out += bytes.length;
    this.#frames.feed(bytes);
    if (!this.#client.write(bytes)) this.#target.socket.pause();
  }

  onTargetDrain(): void {
    this.#client.resume();
  }

  onTargetEnd(): void {
    this.#endClient();
  }

  onTargetClosed(): void {
    this.#endClient();
    this.#finish();
  }

  onBroken(): void {
    this.#client.destroy();
  }

  /** Ends it from here. */
  close(): void {
    this.#endClient();
    this.#finish();
  }

  /** Without a close frame the client would have to guess why; in the middle of a frame there is no place for one. */
  #endClient(): void {
    if (this.#client.destroyed || this.#client.writableEnded) return;
    if (!this.#frames.closing && this.#frames.atBoundary) this.#client.write(RESTART);
    if (this.#frames.atBoundary) this.#client.end();
    else this.#client.destroy();
    this.#client.resume();
    this.#events.onHalfClosed();
  }

  #finish(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#target.destroy();
    this.#events.onClosed(this.#in, this.#out);
  }
}
