import type { Writable } from 'node:stream';
import type { OutputChunk } from './frames.ts';

/** Characters of a terminal. */
export interface TerminalSize {
  readonly rows: number;
  readonly cols: number;
}

/** Signals that a process can be sent through the engine. */
export const PROCESS_SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGKILL', 'SIGUSR1', 'SIGUSR2'] as const;
export type ProcessSignal = (typeof PROCESS_SIGNALS)[number];

/** A process in a container whose streams are held here. */
export interface AttachedProcess {
  /** What it writes, as it comes: nothing is read ahead of the reader. Ends with it; a reader that leaves closes the streams. */
  readonly output: AsyncIterable<OutputChunk>;
  /** Its end closes the process's stdin; of a process without stdin, what is written goes nowhere. */
  readonly stdin: Writable;
  /** Of its terminal; nothing where it has none, or has ended. */
  resize(size: TerminalSize): Promise<void>;
  /**
   * To the process and its group; nothing if it has ended.
   * @throws OrcaError `unavailable` if this server may not, or cannot see the engine's processes
   */
  signal(signal: ProcessSignal): Promise<void>;
  /** Waits for its end. Undefined: the engine does not know it any more. @throws OrcaError `unavailable`; the signal's reason */
  exitCode(signal?: AbortSignal): Promise<number | undefined>;
  /** Lets go of its streams. The process may run on: Docker ends none. */
  close(): void;
}
