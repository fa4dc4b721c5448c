import type { ErrorBody } from '../../contract/error-body.ts';
import { ERROR_STATUS } from '../../contract/error-status.ts';
import { type ErrorCode, OrcaError } from '../../core/errors.ts';

const HINTS: Record<ErrorCode, string> = {
  malformed: 'compare the request with GET /api/v1/openapi.json',
  unauthorized: 'send `Authorization: Bearer <token>`',
  forbidden: 'ask an admin for a token that may',
  not_found: 'check the name with `orca status`',
  conflict: 'look at the present state with `orca status`, then try again',
  too_large: 'send less',
  invalid: 'put right what it names, and try again',
  deploy_failed: 'read the reason and the last log lines, then deploy again',
  unplaceable: 'look at the nodes with GET /api/v1/cluster/info',
  too_many: 'wait a minute',
  not_yet_supported: 'a later release brings it',
  unavailable: 'try again in a few seconds',
  timeout: 'look at the present state with `orca status`',
};

export const bodyOf = (error: OrcaError): ErrorBody => ({
  error: error.message,
  code: error.code,
  hint: error.hint ?? HINTS[error.code],
  ...(error.details && { details: error.details }),
});

/** A bug: told without its insides, which are in the log. */
export const BUG: ErrorBody = {
  error: 'internal error',
  code: 'internal',
  hint: "this is a bug in orca; the server's log says more",
};

export const statusOf = (error: unknown): number => (error instanceof OrcaError ? ERROR_STATUS[error.code] : 500);
export const errorBodyOf = (error: unknown): ErrorBody => (error instanceof OrcaError ? bodyOf(error) : BUG);
