import type { Socket } from 'node:net';

/** Starts worker processes and sees their ends: in a process of the workers' user, or in the supervisor where that is the same. */
export interface Nursery {
  /** Answered by `onStarted` or `onFailed`. */
  start(worker: number, kind: WorkerKind): void;
  /** With SIGKILL. */
  kill(worker: number): void;
  /** False when a new worker could not be started: the files are out of its user's reach. */
  canStart(): boolean;
  /** The workers that are to be there from the beginning were asked for: nothing needs root any more. */
  drop(): void;
  /** Lets go of the listening sockets, which its workers keep. */
  close(): void;
  /** Asks whether it is there: answered by `onAnswer`. */
  ping(): void;
}

export interface NurseryEvents {
  readonly onStarted: (worker: number, born: Born) => void;
  readonly onFailed: (worker: number, error: string) => void;
  readonly onEnded: (worker: number, end: End) => void;
  readonly onAnswer: () => void;
  /** It has ended itself: nobody starts workers any more. */
  readonly onLost: (reason: string) => void;
}

export interface Born {
  readonly pid: number;
  /** The supervisor's ends. */
  readonly channel: Socket;
  readonly lines: Socket;
}

export interface End {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last that it wrote to standard error. */
  readonly said: string;
}

/** `proxy` for requests, `resolver` for names. */
export type WorkerKind = 'proxy' | 'resolver';

export interface NurseryOptions {
  /** The modules that workers run. */
  readonly entries: Readonly<Record<WorkerKind, string>>;
  readonly data: string;
  /** Whom workers are to become. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  readonly httpFd: number | undefined;
  readonly httpsFd?: number | undefined;
  /** Of the name server. */
  readonly names: NameDescriptors | undefined;
}

export interface NameDescriptors {
  readonly udp: number;
  readonly tcp: number;
}
