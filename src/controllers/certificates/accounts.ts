import type { Ca } from '../../acme/ca.ts';
import { AcmeFailure } from '../../acme/failure.ts';
import { type AcmeAccount, type AcmeAgreement, keyOfAccount } from '../../core/model/certificate.ts';
import { newPrivateKey } from '../../identity/certificates/key.ts';
import { unchanged } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Commit } from '../commit.ts';

/** Connects to the CA with an account's key. */
export type ConnectCa = (
  account: { readonly key: string; readonly url?: string | undefined },
  signal: AbortSignal,
) => Promise<Ca>;

export interface AccountsOptions {
  readonly state: State;
  readonly vault: Pick<Vault, 'sealing' | 'open'>;
  readonly commit: Commit;
  readonly connect: ConnectCa;
  readonly clock: { now(): number };
  /** From the settings; it comes before the one that was given with the agreement. */
  readonly email: string | undefined;
}

export interface Accounts {
  /**
   * The CA, by this cluster's account there, which is made if it is missing; one that the CA does not know any more is made anew.
   * @throws AcmeFailure, and OrcaError `unavailable` without the vault's key
   */
  use<T>(agreement: AcmeAgreement, signal: AbortSignal, work: (ca: Ca) => Promise<T>): Promise<T>;
}

export function createAccounts({ state, vault, commit, connect, clock, email }: AccountsOptions): Accounts {
  /** The key is stored before the CA hears of it: an account is never made twice. */
  async function ensure(authority: string): Promise<AcmeAccount> {
    const stored = await find(authority);
    if (stored) return stored.value;
    return vault.sealing(async (seal) => {
      const key = seal(keyOfAccount(authority), newPrivateKey());
      const account: AcmeAccount = { authority, key, createdAt: clock.now() };
      await commit([state.acmeAccounts.absent(account)], [state.acmeAccounts.put(account)]);
      return account;
    });
  }

  const find = (authority: string) => state.acmeAccounts.get(encodeURIComponent(authority));
  const keyOf = ({ authority, key }: AcmeAccount): string => vault.open(keyOfAccount(authority), key);

  async function noteUrl(authority: string, url: string | undefined): Promise<void> {
    const stored = await find(authority);
    if (!stored || stored.value.url === url) return;
    const { url: _, ...account } = stored.value;
    const put = state.acmeAccounts.put({ ...account, ...(url !== undefined && { url }) });
    await commit([unchanged(stored)], [put]);
  }

  async function open({ authority, email: given }: AcmeAgreement, signal: AbortSignal): Promise<Ca> {
    const account = await ensure(authority);
    const key = keyOf(account);
    if (account.url !== undefined) return connect({ key, url: account.url }, signal);
    const url = await (await connect({ key }, signal)).register(email ?? given);
    await noteUrl(authority, url);
    return connect({ key, url }, signal);
  }

  return {
    async use(agreement, signal, work) {
      const ca = await open(agreement, signal);
      try {
        return await work(ca);
      } catch (error) {
        if (!(error instanceof AcmeFailure && error.kind === 'no-account')) throw error;
        await noteUrl(agreement.authority, undefined);
        return work(await open(agreement, signal));
      }
    },
  };
}
