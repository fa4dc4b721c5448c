import { OrcaError } from '../../core/errors.ts';
import { sealedRecords } from '../../store/sealed.ts';
import type { State } from '../../store/state.ts';
import type { Vault } from '../../vault/vault.ts';
import type { SecretFingerprint } from './fingerprint.ts';

/** The file of the cluster's key, and the one of the key to come beside it. */
export interface KeyFile {
  /** A new key, on disk. @throws OrcaError `conflict` if there is one already */
  writeNext(): Promise<Uint8Array>;
  /** It takes the place of the key in use. */
  adoptNext(): Promise<void>;
}

export interface RotationOptions {
  readonly state: State;
  readonly vault: Vault;
  readonly keyFile: KeyFile;
  readonly fingerprint: SecretFingerprint;
}

/** Vaults whose key is being replaced: a second rotation beside the first would write another key over the one to come. */
const underWay = new WeakSet<Vault>();

/**
 * Encrypts everything anew with a new key. Killed anywhere it is finished later: the new key is on disk before anything is
 * encrypted with it, and the old one stays until nothing is.
 *
 * @returns how many values were encrypted anew
 * @throws OrcaError `unavailable` without the key, with another one, or for a record that cannot be read; `conflict` while
 *   another rotation is under way
 */
export async function rotateKey(options: RotationOptions): Promise<number> {
  const { vault } = options;
  if (underWay.has(vault))
    throw new OrcaError('conflict', 'the key is being replaced', { hint: 'wait until that has ended' });
  underWay.add(vault);
  try {
    return await rotate(options);
  } finally {
    underWay.delete(vault);
  }
}

async function rotate(options: RotationOptions): Promise<number> {
  const { state, vault, keyFile } = options;
  await vault.sealing(async () => undefined);
  refuseUnreadable(await sealedRecords(state));
  if (vault.outgoing() === undefined) await vault.renew(await keyFile.writeNext());
  return finishRotation(options);
}

/** What is left of a rotation that was cut short. */
export async function finishRotation(options: RotationOptions): Promise<number> {
  const { state, vault, keyFile } = options;
  let renewed = 0;
  for (;;) {
    const found = await sealedRecords(state);
    refuseUnreadable(found);
    const old = found.records.filter(({ envelope }) => !vault.isNewest(envelope));
    if (old.length === 0) break;
    for (const record of old) renewed += await sealAnew(options, record);
  }
  await keyFile.adoptNext();
  vault.forgetOld();
  return renewed;
}

type Found = Awaited<ReturnType<typeof sealedRecords>>;

/** One that was changed meanwhile is looked at again. */
async function sealAnew(
  { state, vault, fingerprint }: RotationOptions,
  { place, envelope, unchanged, put }: Found['records'][number],
): Promise<0 | 1> {
  const text = vault.open(place, envelope);
  const { succeeded } = await vault.sealing((seal) =>
    state.store.txn({ compare: [unchanged], then: [put(seal(place, text), () => fingerprint(place, text))] }),
  );
  return succeeded ? 1 : 0;
}

/** It may be encrypted: after the rotation nobody could read it any more. */
function refuseUnreadable({ unreadable: [first] }: Found): void {
  if (!first) return;
  throw new OrcaError('unavailable', `the key cannot be replaced: ${first.message}`, {
    cause: first,
    hint: 'restore the store from a backup, or remove the record',
  });
}
