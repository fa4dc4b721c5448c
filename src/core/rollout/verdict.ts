import type { Step } from './step.ts';

/** What a rule decided: steps to take now, and what it waits for, in words the user reads. */
export interface Verdict {
  readonly steps: readonly Step[];
  readonly waits: readonly Wait[];
}

export interface Wait {
  readonly reason: string;
  /** When time alone may change the decision. Epoch ms. */
  readonly until?: number | undefined;
  /** The slot that it keeps from getting on. */
  readonly slot?: number | undefined;
}

export const nothing: Verdict = { steps: [], waits: [] };
export const take = (...steps: readonly Step[]): Verdict => ({ steps, waits: [] });
export const wait = (reason: string, until?: number): Verdict => ({ steps: [], waits: [{ reason, until }] });
export const all = (verdicts: readonly Verdict[]): Verdict => ({
  steps: verdicts.flatMap((verdict) => verdict.steps),
  waits: verdicts.flatMap((verdict) => verdict.waits),
});
/** The same, of which whatever it waits for keeps this slot from getting on. */
export const ofSlot = (slot: number, { steps, waits }: Verdict): Verdict => ({
  steps,
  waits: waits.map((one) => ({ ...one, slot })),
});
