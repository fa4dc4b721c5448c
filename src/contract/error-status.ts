import type { ErrorCode } from '../core/errors.ts';

/** The only place where an error becomes a status: the API answers by it, the client reads by it. */
export const ERROR_STATUS = {
  malformed: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  invalid: 422,
  deploy_failed: 422,
  unplaceable: 422,
  too_many: 429,
  not_yet_supported: 501,
  unavailable: 503,
  timeout: 504,
} as const satisfies Record<ErrorCode, number>;
