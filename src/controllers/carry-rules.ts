import { OrcaError } from '../core/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { createLoop } from './loop.ts';

/** Keeps this machine so that its containers' connections to services of other nodes come to its data plane. */
export interface CarryRules {
  notice(): void;
  run(signal: AbortSignal): Promise<void>;
  /** Why services of other nodes are not reached from here; a sentence. */
  problem(): string | undefined;
}

export interface CarryRulesOptions {
  /** The interface of the edge network on this machine; undefined while it is not known. */
  readonly bridge: () => string | undefined;
  /** There are other nodes. */
  readonly isWanted: () => Promise<boolean>;
  /** Sees to it once; rejects where it cannot. */
  readonly keep: (bridge: string) => Promise<void>;
  readonly clock: { now(): number };
  readonly log: Log;
}

/** A firewall that is loaded anew forgets what others have told it. */
const CHECK_EVERY = 15_000;

export function createCarryRules({ bridge, isWanted, keep, clock, log }: CarryRulesOptions): CarryRules {
  let problem: string | undefined;

  const loop = createLoop({
    clock,
    reconcile: async () => {
      const own = bridge();
      if (own !== undefined && (await isWanted())) {
        await keep(own);
        problem = undefined;
      }
      return clock.now() + CHECK_EVERY;
    },
    onError: (_, error) => {
      const told = `services of other nodes are not reached from here by their names: ${wordsOf(error)}`;
      if (told !== problem) log.warn({ err: error }, told);
      problem = told;
    },
  });

  return { notice: () => loop.notice('carry'), run: loop.run, problem: () => problem };
}

const wordsOf = (error: unknown): string => {
  if (!(error instanceof OrcaError)) return String(error);
  return error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
};
