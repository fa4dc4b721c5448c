/** One thing that a node needs, and how it is here. */
export interface Check {
  readonly name: string;
  /** `warning`: a node all the same. `untested`: nobody knows, and `found` says why. */
  readonly outcome: 'ok' | 'warning' | 'failed' | 'untested';
  /** What was seen, on one line. */
  readonly found: string;
  /** What to change, and where. */
  readonly hint?: string | undefined;
}

export const ok = (name: string, found: string): Check => ({ name, outcome: 'ok', found });
export const warning = (name: string, found: string, hint?: string): Check => ({
  name,
  outcome: 'warning',
  found,
  hint,
});
export const failed = (name: string, found: string, hint?: string): Check => ({ name, outcome: 'failed', found, hint });
export const untested = (name: string, found: string, hint?: string): Check => ({
  name,
  outcome: 'untested',
  found,
  hint,
});

export const hasFailed = ({ outcome }: Check): boolean => outcome === 'failed';
