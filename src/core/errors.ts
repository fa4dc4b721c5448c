/** What can go wrong in an expected way. The API maps each to a status, the CLI to an exit code; both in one table. */
export type ErrorCode =
  | 'malformed' // 400: not readable as what it should be
  | 'unauthorized' // 401
  | 'forbidden' // 403
  | 'not_found' // 404
  | 'conflict' // 409: already so, or someone else changed it
  | 'too_large' // 413
  | 'invalid' // 422: understood, but not a valid wish
  | 'deploy_failed' // 422: nothing of the request was deployed
  | 'unplaceable' // 422: no node can take it
  | 'too_many' // 429
  | 'not_yet_supported' // 501
  | 'unavailable' // 503: not now (store away, disk full, engine away)
  | 'timeout'; // 504

interface Extra {
  readonly cause?: unknown;
  /** What to do next, as a sentence. */
  readonly hint?: string | undefined;
  /** Machine-readable details. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** An expected failure, told to the user. Anything thrown that is not an OrcaError is a bug and is reported as one. */
export class OrcaError extends Error {
  override readonly name = 'OrcaError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  /** @param message one sentence, lower case, quoting names; it is shown as it stands */
  constructor(code: ErrorCode, message: string, { cause, hint, details }: Extra = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
    this.details = details;
  }
}

export const notFound = (kind: string, name: string): OrcaError =>
  new OrcaError('not_found', `${kind} not found: ${name}`, { details: { kind, name } });
