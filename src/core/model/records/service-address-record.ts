import type { ServiceAddress } from '../service-address.ts';
import { type RecordFormat, SAME } from './format.ts';
import { object, text } from './shape.ts';

/** Version 0 was never written. */
export const SERVICE_ADDRESS_RECORD: RecordFormat<ServiceAddress> = {
  upgrades: [SAME],
  shape: object<ServiceAddress>({ project: text, name: text, address: text }),
};
