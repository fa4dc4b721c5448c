import type { Wish } from '../service-parts.ts';
import { type Fields, type RecordFormat, SAME } from './format.ts';
import { flag, number, object, optional, text } from './shape.ts';

export const SERVICE_RECORD: RecordFormat<Wish> = {
  upgrades: [SAME, from1],
  shape: object<Wish>({
    project: text,
    name: text,
    revision: number,
    replicas: number,
    scaledFrom: optional(number),
    paused: flag,
    removing: flag,
    deployment: optional(number),
    countedByHand: optional(number),
    stableBefore: optional(number),
    createdAt: number,
  }),
};

/** What came of the wish had no record of its own: what it had changed is taken for what is wanted. */
function from1({ stable, ...wish }: Fields): Fields {
  return stable === undefined ? wish : { ...wish, stableBefore: stable };
}
