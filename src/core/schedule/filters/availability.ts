import type { Filter } from './filter.ts';

const WORDS = { draining: 'it is being drained', drained: 'it is drained', maintenance: 'it is in maintenance' };

/** A user may have taken the node out of use. */
export const availability: Filter = (_, node) =>
  node.availability === 'active'
    ? undefined
    : { rule: `availability ${node.availability}`, why: WORDS[node.availability] };
