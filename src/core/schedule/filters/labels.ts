import { lacks } from '../misfit.ts';
import type { Filter } from './filter.ts';

/** The node must have every label of `placement.labels`, with its value. */
export const labels: Filter = ({ wanted }, node) => {
  for (const [label, value] of Object.entries(wanted.placement.labels ?? {})) {
    if (node.labels[label] !== value) return { rule: `label ${label}`, why: lacks([label, value]) };
  }
  return undefined;
};
