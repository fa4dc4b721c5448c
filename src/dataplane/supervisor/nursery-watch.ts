import { createLiveness } from './liveness.ts';

/**
 * Tells when nobody starts workers any more: the process that does has ended, or does not answer, which is as bad. Told at
 * once if somebody is there who starts the data plane again as a whole, else as soon as somebody is: until then the workers
 * that serve are worth more.
 */
export interface NurseryWatch {
  answered(): void;
  lost(reason: string): void;
  /** As often as it was said. @param now of a clock that is never set, ms */
  beat(now: number): void;
}

interface Options {
  /** How often it is looked after, ms. */
  readonly every: number;
  readonly ping: () => void;
  readonly isLookedAfter: () => boolean;
  /** Once. */
  readonly onLost: (reason: string) => void;
  readonly onStuck: () => void;
}

/** The only one that is watched. */
const IT = 0;

export function createNurseryWatch({ every, ping, isLookedAfter, onLost, onStuck }: Options): NurseryWatch {
  const liveness = createLiveness(every);
  let isLost = false;

  const lost = (reason: string): void => {
    if (!isLost) onLost(reason);
    isLost = true;
    if (isLookedAfter()) onStuck();
  };

  liveness.begin(IT);
  return {
    answered: () => liveness.answered(IT),
    lost,
    beat(now) {
      const { ask, hung } = liveness.beat(now);
      if (ask.length > 0) ping();
      if (hung !== undefined || isLost) lost('it does not answer');
    },
  };
}
