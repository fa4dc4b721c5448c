import type { Filter } from './filter.ts';

const WORDS = { suspect: 'it does not answer', down: 'it is down' };

/** A node must be there. */
export const status: Filter = (_, node) =>
  node.status === 'ready' ? undefined : { rule: `status ${node.status}`, why: WORDS[node.status] };
