import type { Caller } from './authenticate.ts';

/**
 * Whoever speaks over the socket in the data folder: its mode lets in its owner and root, who could read the store anyway.
 * Which of the two is not known: Node does not tell SO_PEERCRED.
 */
export const LOCAL: Caller = { id: 'local', name: 'local', role: 'admin' };
