import type { Filter } from './filter.ts';

/** Where its image could not be pulled a moment ago a task would not start, and another node may have it. */
export const image: Filter = ({ wanted }, { id }) => {
  const failed = wanted.image?.failed.get(id);
  return failed === undefined ? undefined : { rule: `image ${failed}`, why: failed };
};
