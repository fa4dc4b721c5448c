import type { UnreadableRecord } from '../core/model/records/unreadable.ts';
import { type Collection, type Stored, unchanged } from './collection.ts';
import type { Compare, Op } from './contract.ts';
import type { State } from './state.ts';

/** A record with an encrypted value. */
export interface SealedRecord {
  /** What the value is bound to. */
  readonly place: string;
  readonly envelope: string;
  readonly unchanged: Compare;
  /**
   * The record with its value encrypted anew.
   * @param fingerprint of the value, as the new key makes it
   */
  put(envelope: string, fingerprint: () => string): Op;
}

export interface SealedRecords {
  readonly records: readonly SealedRecord[];
  readonly unreadable: readonly UnreadableRecord[];
}

/** Every record with an encrypted value, of any kind: whoever brings another kind adds it here. */
export async function sealedRecords(state: State): Promise<SealedRecords> {
  const [webhooks, versions, logins, keyed] = await Promise.all([
    state.webhooks.listReadable(),
    state.secretVersions.listReadable(),
    state.registryLogins.listReadable(),
    Promise.all([
      withKeys(state.nodeAuthorities),
      withKeys(state.certificates),
      withKeys(state.certificateOrders),
      withKeys(state.acmeAccounts),
      withKeys(state.internalAuthorities),
    ]),
  ]);
  return {
    records: [
      ...webhooks.records.map((stored) => ({
        ...common(stored, stored.value.secret),
        put: (secret: string) => state.webhooks.put({ ...stored.value, secret }),
      })),
      ...logins.records.map((stored) => ({
        ...common(stored, stored.value.password),
        put: (password: string) => state.registryLogins.put({ ...stored.value, password }),
      })),
      ...keyed.flatMap(({ records }) => records),
      ...versions.records.map((stored) => ({
        ...common(stored, stored.value.value),
        put: (value: string, fingerprint: () => string) =>
          state.secretVersions.put({ ...stored.value, value, fingerprint: fingerprint() }),
      })),
    ],
    unreadable: [webhooks, versions, logins, ...keyed].flatMap(({ unreadable }) => unreadable),
  };
}

/** Of records whose private key is encrypted. */
async function withKeys<T extends { readonly key: string }>(collection: Collection<T>): Promise<SealedRecords> {
  const { records, unreadable } = await collection.listReadable();
  const sealed = records.map((stored) => ({
    ...common(stored, stored.value.key),
    put: (key: string) => collection.put({ ...stored.value, key }),
  }));
  return { records: sealed, unreadable };
}

/** One that cannot be read counts: it may be encrypted, and another key must not be made in its place. */
export async function holdsSealed(state: State): Promise<boolean> {
  const { records, unreadable } = await sealedRecords(state);
  return records.length + unreadable.length > 0;
}

const common = (stored: Stored<unknown>, envelope: string) => ({
  place: stored.key,
  envelope,
  unchanged: unchanged(stored),
});
