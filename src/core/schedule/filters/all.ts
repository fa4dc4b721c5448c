import type { NodeView } from '../node-view.ts';
import type { Refusal } from '../refusal.ts';
import { availability } from './availability.ts';
import type { Asked, Filter } from './filter.ts';
import { image } from './image.ts';
import { ingress } from './ingress.ts';
import { labels } from './labels.ts';
import { ports } from './ports.ts';
import { resources } from './resources.ts';
import { status } from './status.ts';
import { volumes } from './volumes.ts';

/** Of these only the node decides, whatever else is placed. The first that refuses is told. */
const FIXED: readonly Filter[] = [status, availability, labels];
const CHANGING: readonly Filter[] = [ingress, volumes, image, ports, resources];

const firstOf =
  (filters: readonly Filter[]) =>
  (asked: Asked, node: NodeView): Refusal | undefined => {
    for (const filter of filters) {
      const refusal = filter(asked, node);
      if (refusal) return refusal;
    }
    return undefined;
  };

export const refusedForGood = firstOf(FIXED);
export const refusedNow = firstOf(CHANGING);
export const refusalOf = firstOf([...FIXED, ...CHANGING]);
