import { z } from 'zod';

const SINCE = 'expected a duration such as 10m, a time such as 2026-01-31T12:00:00Z, or epoch milliseconds';

/** Back from now (`10m`; twelve digits at most, as more are no number of days any more), an RFC 3339 time, or epoch milliseconds. */
export const Since = z
  .string(SINCE)
  .regex(/^(\d{1,12}(ms|s|m|h|d)|\d{9,15}|\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?)$/, SINCE);
