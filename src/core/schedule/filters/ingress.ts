import type { Filter } from './filter.ts';

/** Requests reach the tasks of the node that they come in at, and of no other. */
export const ingress: Filter = ({ wanted }, node) =>
  wanted.isServed && !node.isIngress
    ? { rule: 'ingress', why: 'it is no ingress, and requests go to tasks of their own node only' }
    : undefined;
