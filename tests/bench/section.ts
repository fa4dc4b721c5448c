import type { SplitBy } from './proxy/orca.ts';
import type { Report } from './report/report.ts';

/** What a section is run with. */
export interface Setting {
  /** Everything temporary goes here; gone after the run. */
  readonly work: string;
  /** Only to see that it works: what may be short is short. */
  readonly quick: boolean;
  /** Undefined: as many as the section thinks right. */
  readonly rounds: number | undefined;
  /** Another checkout, built: the proxy is measured beside that one alone. */
  readonly against: string | undefined;
  /** With `against`: what splits the pool of this checkout; that of the other one is whole. */
  readonly split: SplitBy | undefined;
  /** Tells how far it is, on standard error. */
  readonly say: (what: string) => void;
}

export type Section = (setting: Setting) => Promise<Report>;
