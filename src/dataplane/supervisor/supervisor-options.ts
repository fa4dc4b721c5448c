import type { Log } from '../../telemetry/log.ts';
import type { DataPlaneConfig, PATIENCE, User } from '../config.ts';

export interface SupervisorOptions {
  readonly config: DataPlaneConfig;
  /** Of the workers, where this process can become another one; else they have its own. */
  readonly workerUser: User | undefined;
  /** Which locks this machine has not for it, told to masters. */
  readonly lacks: readonly string[];
  /** The modules that workers run, and the process that starts them. */
  readonly entries: Entries;
  readonly log: Log;
  readonly now: () => number;
  readonly exit: (code: number) => void;
  readonly patience?: { readonly [K in keyof typeof PATIENCE]: number } | undefined;
}

export interface Entries {
  readonly worker: string;
  readonly resolver: string;
  readonly nursery: string;
}
