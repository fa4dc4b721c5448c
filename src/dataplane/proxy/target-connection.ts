import type { Socket } from 'node:net';
import type { TargetContention } from './target-contention.ts';

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

/** A socket to a target that is being connected. `broken`: why nothing that is written arrives any more. */
export type Opening = Socket & { readonly broken?: Error | undefined };

export interface Opened {
  readonly socket: Opening;
  /** What the other side says first, before it counts as connected; '' is nothing. */
  readonly greeting: string;
}

/** What a connection must know of where it leads to. */
export interface ConnectionOwner {
  /** '' where it is none. */
  readonly task: string;
  readonly routed: boolean;
  /** Goes up when the task restarts. */
  readonly generation: number;
  /** Of its present start. */
  readonly contention: TargetContention;
  readonly serial: boolean;
  /** Its kept connections. */
  readonly idle: TargetConnection[];
  dropIdle(unused?: number): void;
  /** Begins to connect. */
  open(): Opened;
}

/** Told of a new connection until it has its first answer. */
interface ConnectionWatch {
  began(connection: TargetConnection): void;
  answered(connection: TargetConnection): void;
  ended(connection: TargetConnection): void;
}

interface ConnectionOptions {
  readonly user: ConnectionUser;
  readonly watch: ConnectionWatch | undefined;
  readonly onBug: (error: unknown) => void;
}

/** One connection to a target: in use by one exchange at a time, or kept in its target's pool. */
export class TargetConnection {
  readonly state: ConnectionOwner;
  readonly socket: Opening;
  /** Of the target's start that it leads to. */
  readonly contention: TargetContention;
  readonly #generation: number;
  readonly #options: ConnectionOptions;
  /** Undefined: it is kept, or looked at once more before it is used. */
  user: ConnectionUser | undefined;
  connected = false;
  /** When it was put back, on the monotonic clock, ms. */
  idleSince = 0;
  /** Requests sent on it before the present one. */
  used = 0;
  #error: Error | undefined;
  /** It was answered, and nobody watches it any more. */
  #answered = false;
  #kept = false;
  /** Of the greeting, what is still to come. */
  #awaited: string;

  constructor(state: ConnectionOwner, options: ConnectionOptions) {
    this.state = state;
    this.contention = state.contention;
    this.#options = options;
    this.user = options.user;
    this.#generation = state.generation;
    const { socket, greeting } = state.open();
    this.socket = socket;
    this.#awaited = greeting;
    this.#listen();
    options.watch?.began(this);
  }

  /** Whether it still leads to the task that runs, and may be kept for it. */
  get current(): boolean {
    const { state, socket } = this;
    return state.routed && state.generation === this.#generation && !socket.destroyed && socket.broken === undefined;
  }

  /** It goes to the pool. */
  keep(): void {
    this.user = undefined;
    this.idleSince = performance.now();
    if (!this.#kept) this.contention.kept += 1;
    this.#kept = true;
  }

  destroy(): void {
    this.user = undefined;
    this.#leave();
    this.socket.destroy();
  }

  #listen(): void {
    const { socket } = this;
    const guarded = <A>(act: (argument: A) => void) => this.#guarded(act);
    socket.on(
      'connect',
      guarded(() => this.#awaited === '' && this.#onConnect()),
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
      this.#leave();
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
        this.#options.onBug(error);
      }
    };
  }

  #onConnect(): void {
    this.connected = true;
    this.user?.onConnected();
  }

  /** Bytes nobody asked for can only be meant for a request to come: such a connection is not used again. */
  #onData(bytes: Buffer): void {
    if (this.#awaited !== '') {
      this.#greet(bytes.toString('latin1'));
      return;
    }
    if (!this.#answered) this.#firstAnswer();
    if (this.user === undefined) this.#leavePool();
    else this.user.onTargetData(bytes);
  }

  #greet(said: string): void {
    if (!this.#awaited.startsWith(said)) {
      this.socket.destroy(new Error(`it says ${JSON.stringify(said.slice(0, 100))}`));
      return;
    }
    this.#awaited = this.#awaited.slice(said.length);
    if (this.#awaited === '') this.#onConnect();
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
    this.#leave();
    if (user === undefined) this.#leavePool();
    else user.onTargetClosed(this.#error);
  }

  #leavePool(): void {
    const at = this.state.idle.indexOf(this);
    if (at >= 0) this.state.idle.splice(at, 1);
    this.#leave();
    this.socket.destroy();
  }

  #firstAnswer(): void {
    this.#answered = true;
    this.#options.watch?.answered(this);
  }

  /** The target is rid of it, or will be in a moment. */
  #leave(): void {
    if (this.#kept) this.contention.kept -= 1;
    this.#kept = false;
    if (!this.#answered) this.#options.watch?.ended(this);
  }
}
