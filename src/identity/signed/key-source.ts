import type { VerifyKey } from './verify-key.ts';

/** The keys of an issuer. */
export interface KeySource {
  /**
   * Those that may have signed a token that names this key. A `kid` only chooses among them.
   *
   * @throws OrcaError `unavailable` while they cannot be had
   */
  find(kid: string | undefined): Promise<readonly VerifyKey[]>;
}

/** Keys that stand in the settings. */
export const fixedKeys = (keys: readonly VerifyKey[]): KeySource => ({ find: async (kid) => matching(keys, kid) });

/** A key without a name fits any, and a token that names none any key. */
export const matching = (keys: readonly VerifyKey[], kid: string | undefined): readonly VerifyKey[] =>
  kid === undefined ? keys : keys.filter((key) => key.kid === undefined || key.kid === kid);
