import type { ClusterValue } from '../cluster-value.ts';
import { type RecordFormat, SAME } from './format.ts';
import { number, object, optional, text, word } from './shape.ts';

export const CLUSTER_RECORD: RecordFormat<ClusterValue> = {
  upgrades: [SAME],
  shape: object<ClusterValue>({
    name: word('identity', 'term', 'deployment', 'removals', 'nodes'),
    id: optional(text),
    number: optional(number),
  }),
};
