import { type ServiceKey, serviceKey } from '../../core/model/service.ts';
import { RELEASE_SLOT } from '../../core/rollout/slot.ts';
import type { Step } from '../../core/rollout/step.ts';
import type { Seat } from '../../core/schedule/seat.ts';
import { wantedOf } from '../../core/schedule/wanted.ts';
import type { ServiceRecords } from '../services/records.ts';

/**
 * Seats that were given, and may not be written yet: between a plan and its assignments an engine may have a network to make. Without
 * them two services that are planned in that time would be given the same room.
 */
export interface RecentSeats {
  /** The whole plan of a service: what is written is not planned any more, and what was given up neither. */
  planned(records: Pick<ServiceRecords, 'target' | 'from'>, steps: readonly Step[]): void;
  /** The service is gone. */
  forget(service: ServiceKey): void;
  /** Of all services but one, which plans anew. */
  besides(service: ServiceKey): readonly Seat[];
}

export function createRecentSeats(): RecentSeats {
  const byService = new Map<ServiceKey, readonly Seat[]>();

  return {
    planned({ target, from }, steps) {
      const seats = steps.flatMap((step): readonly Seat[] => {
        if (step.kind !== 'assign' || step.slot === RELEASE_SLOT) return [];
        const revision = [target, from].find((one) => one?.number === step.revision);
        return revision ? [{ ...wantedOf(revision.spec), node: step.node, slot: step.slot }] : [];
      });
      const key = serviceKey(target.project, target.service);
      if (seats.length > 0) byService.set(key, seats);
      else byService.delete(key);
    },
    forget: (service) => void byService.delete(service),
    besides: (service) => [...byService].flatMap(([key, seats]) => (key === service ? [] : seats)),
  };
}
