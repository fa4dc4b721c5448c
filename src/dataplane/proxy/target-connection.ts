import { connect, type Socket } from 'node:net';
import type { TargetState } from './target-state.ts';

/** Whoever uses a connection to a target at the moment. */
export interface ConnectionUser {
  onConnected(): void;
  onTargetData(bytes: Buffer): void;
  /** The target sends nothing more. */
  onTargetEnd(): void;
  onTargetDrain(): void;
  onTargetClosed(error: Error | undefined): void;
}

/** One connection to a target: in use by one exchange at a time, or kept in its target's pool. */
export class TargetConnection {
  readonly state: TargetState;
  readonly socket: Socket;
  readonly #generation: number;
  user: ConnectionUser | undefined;
  connected = false;
  /** When it was put back, on the monotonic clock, ms. */
  idleSince = 0;
  /** Requests sent on it before the present one. */
  used = 0;
  #error: Error | undefined;

  constructor(state: TargetState, user: ConnectionUser) {
    this.state = state;
    this.user = user;
    this.#generation = state.generation;
    const { address, port } = state.target;
    this.socket = connect({ host: address, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 });
    this.#listen();
  }

  /** Whether it still leads to the task that runs, and may be kept for it. */
  get current(): boolean {
    return this.state.routed && this.state.generation === this.#generation && !this.socket.destroyed;
  }

  destroy(): void {
    this.user = undefined;
    this.socket.destroy();
  }

  #listen(): void {
    const { socket } = this;
    socket.on('connect', () => {
      this.connected = true;
      this.user?.onConnected();
    });
    socket.on('data', (bytes: Buffer) => this.#onData(bytes));
    socket.on('drain', () => this.user?.onTargetDrain());
    socket.on('end', () => this.#onEnd());
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('close', () => this.#onClose());
  }

  /** Bytes nobody asked for can only be meant for a request to come: such a connection is not used again. */
  #onData(bytes: Buffer): void {
    if (this.user === undefined) this.#leavePool();
    else this.user.onTargetData(bytes);
  }

  #onEnd(): void {
    if (this.user === undefined) this.#leavePool();
    else this.user.onTargetEnd();
  }

  #onClose(): void {
    const { user } = this;
    this.user = undefined;
    if (user === undefined) this.#leavePool();
    else user.onTargetClosed(this.#error);
  }

  #leavePool(): void {
    const at = this.state.idle.indexOf(this);
    if (at >= 0) this.state.idle.splice(at, 1);
    this.socket.destroy();
  }
}
