import type { Target } from '../../core/route/table.ts';
import { TargetSocket } from './target-socket.ts';

/** Whoever uses a connection to a target at the moment. */
export interface ConnectionUser {
  onConnected(): void;
  onTargetData(bytes: Buffer): void;
  /** The target sends nothing more. */
  onTargetEnd(): void;
  onTargetDrain(): void;
  onTargetClosed(error: Error | undefined): void;
  /** A bug was met in one of these: nothing is known of this exchange any more. */
  onBroken(): void;
}

/** What a connection must know of the target it leads to. */
export interface ConnectionOwner {
  readonly target: Target;
  readonly routed: boolean;
  /** Goes up when the task restarts. */
  readonly generation: number;
  requests: number;
  /** Its kept connections. */
  readonly idle: TargetConnection[];
}

/** One connection to a target: in use by one exchange at a time, or kept in its target's pool. */
export class TargetConnection {
  readonly state: ConnectionOwner;
  readonly socket: TargetSocket;
  readonly #generation: number;
  readonly #onBug: (error: unknown) => void;
  /** Undefined: it is kept, or looked at once more before it is used. */
  user: ConnectionUser | undefined;
  connected = false;
  /** When it was put back, on the monotonic clock, ms. */
  idleSince = 0;
  /** Requests sent on it before the present one. */
  used = 0;
  #error: Error | undefined;

  constructor(state: ConnectionOwner, user: ConnectionUser, onBug: (error: unknown) => void) {
    this.state = state;
    this.#onBug = onBug;
    this.user = user;
    this.#generation = state.generation;
    const { address, port } = state.target;
    this.socket = new TargetSocket({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 });
    this.#listen();
    this.socket.connect({ host: address, port });
  }

  /** Whether it still leads to the task that runs, and may be kept for it. */
  get current(): boolean {
    const { state, socket } = this;
    return state.routed && state.generation === this.#generation && !socket.destroyed && socket.broken === undefined;
  }

  destroy(): void {
    this.user = undefined;
    this.socket.destroy();
  }

  #listen(): void {
    const { socket } = this;
    const guarded = <A>(act: (argument: A) => void) => this.#guarded(act);
    socket.on(
      'connect',
      guarded(() => this.#onConnect()),
    );
    socket.on(
      'data',
      guarded((bytes: Buffer) => this.#onData(bytes)),
    );
    socket.on(
      'drain',
      guarded(() => this.user?.onTargetDrain()),
    );
    socket.on(
      'end',
      guarded(() => this.#onEnd()),
    );
    socket.on(
      'close',
      guarded(() => this.#onClose()),
    );
    socket.on('error', (error) => {
      this.#error = error;
    });
  }

  /** A bug met on behalf of one exchange ends that exchange, not the process. */
  #guarded<A>(act: (argument: A) => void): (argument: A) => void {
    return (argument) => {
      const { user } = this;
      try {
        act(argument);
      } catch (error) {
        this.destroy();
        user?.onBroken();
        this.#onBug(error);
      }
    };
  }

  #onConnect(): void {
    this.connected = true;
    this.user?.onConnected();
  }

  /** Bytes nobody asked for can only be meant for a request to come: such a connection is not used again. */
  #onData(bytes: Buffer): void {
    if (this.user === undefined) this.#leavePool();
    else this.user.onTargetData(bytes);
  }

  /** Behind a write that failed an end is none: the connection was reset, and the failed write was told so in its place. */
  #onEnd(): void {
    if (this.user === undefined) this.#leavePool();
    else if (this.socket.broken !== undefined) this.socket.destroy(this.socket.broken);
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
