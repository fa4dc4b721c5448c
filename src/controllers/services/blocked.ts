import type { ServiceKey } from '../../core/model/service.ts';

/** What keeps slots of services from getting on, in the words of the last pass over each: it is told, never decided by. */
export interface Blocked {
  /** By the slot's number; empty before the first pass. */
  of(service: ServiceKey): ReadonlyMap<number, string>;
  /** What a pass has found takes the place of what the one before did. */
  note(service: ServiceKey, found: ReadonlyMap<number, string>): void;
}

const NONE: ReadonlyMap<number, string> = new Map();

export function createBlocked(): Blocked {
  const known = new Map<ServiceKey, ReadonlyMap<number, string>>();
  return {
    of: (service) => known.get(service) ?? NONE,
    note(service, found) {
      if (found.size > 0) known.set(service, found);
      else known.delete(service);
    },
  };
}
