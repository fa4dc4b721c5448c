import { keyOfLogin } from './core/model/registry-login.ts';
import { placeFor } from './core/registry/place.ts';
import type { Accounts } from './engine/credentials/account.ts';
import type { State } from './store/state.ts';
import type { Vault } from './vault/vault.ts';

export interface RegistryAccountsOptions {
  readonly state: State;
  readonly vault: Vault;
  /** What is asked where no login is stored. */
  readonly otherwise: Accounts;
}

/** The account that counts for an image: a stored login, the longest place first; else docker's own. */
export function registryAccounts({ state, vault, otherwise }: RegistryAccountsOptions): Accounts {
  return async (repository) => {
    const logins = (await state.registryLogins.listReadable()).records.map(({ value }) => value);
    const places = logins.map(({ place }) => place);
    const found = logins.find(({ place }) => place === placeFor(repository, places));
    if (!found) return otherwise(repository);
    const { place, username, password } = found;
    return {
      place,
      username,
      secret: { password: vault.open(keyOfLogin(place), password) },
      source: 'stored with `orca registry login`',
      remedy: `check it, or store another password with \`orca registry login ${place} --username ${username}\``,
    };
  };
}
