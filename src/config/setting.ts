import type { ValueType } from './values.ts';

/** One thing that can be set: by a flag, in the environment, in server.yml. */
export interface Setting<T = unknown> {
  readonly type: ValueType<T>;
  /** As it would be written. A function of where the process runs, if it depends on that. */
  readonly standard: string | ((place: Place) => string);
  /** Only where it does not follow the rule of `environmentName`. */
  readonly environment?: string;
  /** Processes that know it. */
  readonly roles: readonly Role[];
  /** Given by whoever starts the process: neither in the environment nor in the file. */
  readonly flagOnly?: true;
  /** Too large for a word: neither a flag nor in the environment. */
  readonly fileOnly?: true;
  /** Known, but refused until it works. */
  readonly later?: true;
  /** For the reference page and `--help`. */
  readonly about: string;
}

export type Role = 'server' | 'ingress' | 'agent' | 'join';

/** `join` is run to its end; the others run on. */
export type ProcessRole = Exclude<Role, 'join'>;

export interface Place {
  readonly root: boolean;
  readonly home: string;
  /** The data folder, once known. */
  readonly data?: string;
}

export const define = <T>(setting: Setting<T>): Setting<T> => setting;
