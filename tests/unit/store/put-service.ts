import type { Service } from '../../../src/core/model/service.ts';
import { serviceOf, wishFor } from '../../../src/core/model/service-parts.ts';
import type { Op } from '../../../src/store/contract.ts';
import type { StoredService } from '../../../src/store/services.ts';
import type { State } from '../../../src/store/state.ts';

/** A service of which all has come to be as it is wanted, with the records that it would have been read from. */
export function storedService(value: Service): StoredService {
  const wish = wishFor(value, undefined);
  return { value: serviceOf({ wish }), wish: { key: '', value: wish, modRevision: 1 }, modRevision: 1 };
}

/** Writes both records of a service, so that it is read as it is given. */
export const putService = ({ services }: Pick<State, 'services'>, service: Service): readonly Op[] => [
  services.putWish(service, undefined),
  services.putOutcome(service, storedService(service)),
];
