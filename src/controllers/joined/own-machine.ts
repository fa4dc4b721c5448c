import { machineCpuPercent } from '../../core/load/cpu-share.ts';
import type { MachineSample } from '../../core/load/sample.ts';

/** What the master's own machine uses, as it was looked at last. */
export interface OwnMachine {
  readonly sample: MachineSample;
  /** Between the last two looks, in percent of one CPU; undefined until there are two. */
  readonly cpuPercent: number | undefined;
  /** Ms since. */
  readonly ago: number;
}

export interface OwnMachineOptions {
  /** Undefined where its Docker is on another machine. */
  readonly sample: () => Promise<MachineSample | undefined>;
  /** Ms on a clock that is never set. */
  readonly steady: () => number;
  /** Between two looks; rejects when they are to end. */
  readonly pause: (signal: AbortSignal) => Promise<void>;
}

/** Looks again and again: a share of CPU takes two looks, and who asks for it does not wait for the second. */
export function watchOwnMachine({ sample, steady, pause }: OwnMachineOptions) {
  let last:
    | { readonly sample: MachineSample; readonly cpuPercent: number | undefined; readonly at: number }
    | undefined;

  return {
    seen: (): OwnMachine | undefined =>
      last && { sample: last.sample, cpuPercent: last.cpuPercent, ago: Math.max(0, steady() - last.at) },
    async run(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        const found = await sample();
        last = found && { sample: found, cpuPercent: last && machineCpuPercent(last.sample, found), at: steady() };
        await pause(signal).catch(() => undefined);
      }
    },
  };
}
