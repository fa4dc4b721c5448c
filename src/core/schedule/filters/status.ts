import type { Filter } from './filter.ts';

const WORDS = { suspect: 'it does not answer', down: 'it is down' };

/** A node must be there. */
export const status: Filter = (_, { status: found, reason }) =>
  found === 'ready' ? undefined : { rule: `status ${found} ${reason ?? ''}`, why: reason ?? WORDS[found] };
