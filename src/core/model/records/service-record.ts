import type { Service } from '../service.ts';
import { type RecordFormat, SAME } from './format.ts';
import { flag, number, object, optional, text } from './shape.ts';

export const SERVICE_RECORD: RecordFormat<Service> = {
  upgrades: [SAME],
  shape: object<Service>({
    project: text,
    name: text,
    revision: number,
    stable: optional(number),
    replicas: number,
    scaledFrom: optional(number),
    paused: flag,
    removing: flag,
    deployment: optional(number),
    createdAt: number,
  }),
};
