import type { CertificateAttempt } from '../model/certificate.ts';

const MINUTE = 60_000;
/** After the first failed order, the second ...: a CA counts failures, and refuses whoever has too many. */
const AFTER_ORDER = [5 * MINUTE, 15 * MINUTE, 60 * MINUTE, 360 * MINUTE];
/** No CA is asked, and whoever has just mended a name's DNS waits for it. */
const AFTER_CHECK = [MINUTE / 2, MINUTE / 2, MINUTE, 2 * MINUTE, 5 * MINUTE];

export interface Failure {
  readonly name: string;
  readonly stage: CertificateAttempt['stage'];
  readonly error: string;
  readonly hint?: string | undefined;
  /** The CA says not to ask before, epoch ms. */
  readonly notBefore?: number | undefined;
}

/** What is kept of a try that failed. @param before what is kept of the one before, if that failed too */
export function failed(failure: Failure, before: CertificateAttempt | undefined, now: number): CertificateAttempt {
  const { name, stage, error, hint, notBefore = 0 } = failure;
  const failures = before?.stage === stage ? before.failures + 1 : 1;
  const waits = stage === 'order' ? AFTER_ORDER : AFTER_CHECK;
  const wait = waits[Math.min(failures, waits.length) - 1] ?? 0;
  const retryAt = Math.max(now + wait, Math.min(notBefore, now + LONGEST));
  return { name, stage, failures, at: now, retryAt, error, ...(hint !== undefined && { hint }) };
}

/** Whatever a CA says, it is asked again within a week. */
const LONGEST = 7 * 24 * 60 * MINUTE;
