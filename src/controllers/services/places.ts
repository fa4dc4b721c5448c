import type { ServiceKey } from '../../core/model/service.ts';
import type { Step } from '../../core/rollout/step.ts';

/**
 * How many steps ask the engine for something at once: asked for hundreds of containers, it answers nobody for minutes,
 * and every other service looks lost. Each node has its own places: a slow engine takes none of another. Who finds no place
 * plans again when one is free, and begins only what is wanted then.
 */
export interface Places {
  /** False if there is none for this kind of step; the service is named when one may be free. */
  take(key: ServiceKey, step: Step): boolean;
  /** Answers who waits: the others before the service whose step has ended. */
  leave(key: ServiceKey, step: Step): readonly ServiceKey[];
}

interface Limit {
  readonly ofService: number;
  readonly inAll: number;
}

/**
 * Starts and removals keep the engine busy; of a stop most is waiting for the application, up to an hour; of a removal, the
 * copy of the log, for which no burial waits.
 */
const START: Limit = { ofService: 16, inAll: 32 };
const STOP: Limit = { ofService: 64, inAll: 128 };
const BURIAL: Limit = { ofService: 16, inAll: 32 };
const REMOVAL: Limit = { ofService: 16, inAll: 32 };
const LIMITS: Partial<Record<Step['kind'], Limit>> = { start: START, stop: STOP, bury: BURIAL, sweep: REMOVAL };

export function createPlaces(): Places {
  /** By kind and node. */
  const crowds = new Map<string, Crowd>();
  const crowdOf = (step: Step): Crowd | undefined => {
    const limit = LIMITS[step.kind];
    if (!limit || !('node' in step)) return undefined;
    const name = `${step.kind} ${step.node}`;
    const crowd = crowds.get(name) ?? createCrowd(limit);
    crowds.set(name, crowd);
    return crowd;
  };
  return {
    take: (key, step) => crowdOf(step)?.take(key) ?? true,
    leave: (key, step) => crowdOf(step)?.leave(key) ?? [],
  };
}

type Crowd = ReturnType<typeof createCrowd>;

function createCrowd({ ofService, inAll }: Limit) {
  const taken = new Map<ServiceKey, number>();
  const waiting = new Set<ServiceKey>();

  return {
    take(key: ServiceKey): boolean {
      const own = taken.get(key) ?? 0;
      const all = taken.values().reduce((sum, count) => sum + count, 0);
      const isFree = own < ofService && all < inAll;
      if (isFree) taken.set(key, own + 1);
      else waiting.add(key);
      return isFree;
    },
    leave(key: ServiceKey): readonly ServiceKey[] {
      const own = (taken.get(key) ?? 0) - 1;
      if (own > 0) taken.set(key, own);
      else taken.delete(key);
      const others = [...waiting].filter((other) => other !== key);
      waiting.clear();
      return others;
    },
  };
}
