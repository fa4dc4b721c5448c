import type { CaMeta } from '../../acme/ca.ts';
import { AcmeFailure } from '../../acme/failure.ts';
import { OrcaError } from '../../core/errors.ts';
import type { AcmeAgreement } from '../../core/model/certificate.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { State } from '../../store/state.ts';

export interface AcmeOptions {
  readonly state: State;
  /** URL of the ACME directory that is set. */
  readonly authority: string;
  /** Asks the CA. Rejects with AcmeFailure. */
  readonly askCa: (signal: AbortSignal) => Promise<CaMeta>;
  readonly clock: { now(): number };
}

/** What the CA says of itself. @throws OrcaError `unavailable` */
export async function readMeta({ askCa }: Pick<AcmeOptions, 'askCa'>, signal: AbortSignal): Promise<CaMeta> {
  try {
    return await askCa(signal);
  } catch (cause) {
    if (!(cause instanceof AcmeFailure)) throw cause;
    throw new OrcaError('unavailable', cause.message, { cause, hint: cause.hint });
  }
}

export interface AgreeWish {
  readonly terms: string | null;
  readonly email?: string | undefined;
}

/**
 * Writes down that somebody agreed to the terms that the CA has now.
 * @throws OrcaError `conflict` where those are others than the ones that were shown, `unavailable` where the CA is not reached
 */
export async function agree(
  options: AcmeOptions,
  { terms, email }: AgreeWish,
  caller: Caller,
  signal: AbortSignal,
): Promise<AcmeAgreement> {
  const { state, authority, clock } = options;
  const meta = await readMeta(options, signal);
  if ((meta.terms ?? null) !== terms)
    throw new OrcaError('conflict', 'the CA has other terms than those that you agree to', {
      hint: 'read them, and agree again: orca certs agree',
    });
  const agreement: AcmeAgreement = {
    authority,
    agreedAt: clock.now(),
    agreedBy: caller.name,
    ...(meta.terms !== undefined && { terms: meta.terms }),
    ...(email !== undefined && { email }),
  };
  await state.store.txn({ then: [state.acmeAgreements.put(agreement)] });
  return agreement;
}
