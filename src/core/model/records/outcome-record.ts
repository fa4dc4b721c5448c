import type { Outcome, WentBack } from '../service-parts.ts';
import { type RecordFormat, SAME } from './format.ts';
import { mark, number, object, optional, text } from './shape.ts';

const wentBack = object<WentBack>({
  deployment: number,
  revision: number,
  replicas: number,
  scaledFrom: optional(number),
  countedByHand: number,
  stopped: mark,
});

export const OUTCOME_RECORD: RecordFormat<Outcome> = {
  upgrades: [SAME],
  shape: object<Outcome>({
    project: text,
    name: text,
    createdAt: number,
    stable: optional(number),
    ended: optional(number),
    wentBack: optional(wentBack),
  }),
};
