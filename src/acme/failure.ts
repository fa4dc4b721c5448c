/** Why a CA did not do what it was asked. `message` is a sentence for people, lower case. */
export class AcmeFailure extends Error {
  override readonly name = 'AcmeFailure';
  /**
   * - `refused`: the CA said no; the order is over
   * - `limited`: it has had too many requests
   * - `no-account`: it does not know the account
   * - `away`: it was not reached, or did not answer in time
   * - `odd`: what it answered is not ACME
   */
  readonly kind: FailureKind;
  /** What to do next. */
  readonly hint: string | undefined;
  /** The CA says how long to wait, ms. */
  readonly retryIn: number | undefined;

  constructor(kind: FailureKind, message: string, { hint, retryIn, cause }: FailureExtra = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.hint = hint;
    this.retryIn = retryIn;
  }
}

export type FailureKind = 'refused' | 'limited' | 'no-account' | 'away' | 'odd';

interface FailureExtra {
  readonly hint?: string | undefined;
  readonly retryIn?: number | undefined;
  readonly cause?: unknown;
}
