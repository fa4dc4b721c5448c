/**
 * What the API accepts, so that a wrong option is told as one, in the words of the command line. A test holds each to
 * the contract, which is not loaded here: its schema library would slow every start.
 */
export const MAX_REPLICAS = 1000;
export const MAX_TAIL = 100_000;
/** Of a list's page. */
export const MAX_LIMIT = 500;

/** Entries of the audit log at once. */
export const MAX_AUDIT = 1000;

/** `10m`, a time, or epoch milliseconds. */
export const isSince = (text: string): boolean =>
  /^(\d{1,12}(ms|s|m|h|d)|\d{9,15})$/.test(text) ||
  (/^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?$/.test(text) && !Number.isNaN(Date.parse(text)));
