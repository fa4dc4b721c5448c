import type { Filter } from './filter.ts';

/** Requests must reach the tasks of a service that is to have some. */
export const ingress: Filter = ({ wanted }, node) =>
  wanted.isServed && node.unserved !== undefined ? { rule: 'ingress', why: node.unserved } : undefined;
