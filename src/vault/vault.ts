import { OrcaError } from '../core/errors.ts';
import { keyIdOf, NONCE_BYTES, openWith, type SealingKey, sealingKey, sealWith } from './envelope.ts';

/** Keeps values that must be read again (webhook secrets, passwords of registries): in the store they are encrypted, the key lies in a file beside it. */
export interface Vault {
  /**
   * @param place the key of the record that the value is put in; it opens only there
   * @throws OrcaError `unavailable` without the key, and while the store holds values of another one
   */
  seal(place: string, text: string): Promise<string>;
  /** @throws OrcaError `unavailable` without the key it was sealed with, and for what was changed or moved */
  open(place: string, envelope: string): string;
}

export interface VaultOptions {
  /** `DIR/secret.key`: for errors. */
  readonly file: string;
  /** Undefined: it is lost, and what it sealed is still in the store. */
  readonly key: Uint8Array | undefined;
  /** All that is sealed in the store: a second key is never used beside the first. */
  readonly sealed: () => Promise<readonly string[]>;
  /** Such as `crypto.randomBytes`. */
  readonly random: (bytes: number) => Buffer;
}

export function createVault({ file, key, sealed, random }: VaultOptions): Vault {
  const own = key && sealingKey(key);
  const present = (): SealingKey => {
    if (own) return own;
    throw new OrcaError('unavailable', `${file} is missing, and the store holds values encrypted with it`, {
      hint: HINT,
    });
  };
  return {
    async seal(place, text) {
      const used = present();
      const strangers = (await sealed()).filter((envelope) => keyIdOf(envelope) !== used.id);
      if (strangers.length > 0) throw otherKey(file, used, strangers[0] ?? '');
      return sealWith(used, place, text, random(NONCE_BYTES));
    },
    open(place, envelope) {
      const used = present();
      if (keyIdOf(envelope) !== used.id) throw otherKey(file, used, envelope);
      const text = openWith(used, place, envelope);
      if (text !== undefined) return text;
      throw new OrcaError('unavailable', `the encrypted value in ${place} was changed, or moved there`, {
        hint: 'restore the store from a backup, or remove what it belongs to and add it again',
      });
    },
  };
}

const HINT =
  'put the key file back from a backup and restart the server; or remove the webhooks and registry logins, restart it, and add them again';

const otherKey = (file: string, { id }: SealingKey, envelope: string): OrcaError =>
  new OrcaError(
    'unavailable',
    `${file} is key ${id}, but the store holds values encrypted with key ${keyIdOf(envelope) ?? 'of another version'}`,
    { hint: HINT },
  );
