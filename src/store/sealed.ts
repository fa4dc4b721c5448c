import type { State } from './state.ts';

/** All that the vault has encrypted in the store, of the records that can be read. */
export async function sealedValues(state: State): Promise<readonly string[]> {
  const [webhooks, logins] = await Promise.all([state.webhooks.listReadable(), state.registryLogins.listReadable()]);
  return [...webhooks.records.map(({ value }) => value.secret), ...logins.records.map(({ value }) => value.password)];
}
