import { OrcaError } from '../core/errors.ts';
import { keyIdOf, NONCE_BYTES, openWith, type SealingKey, sealingKey, sealWith } from './envelope.ts';

/**
 * @param place the key of the record that the value is put in; it opens only there
 * @returns the value as it may be written down
 */
export type Seal = (place: string, text: string) => string;

/** Keeps values that must be read again (secrets, passwords of registries): in the store they are encrypted, the key lies in a file beside it. */
export interface Vault {
  /**
   * Whoever writes a sealed value down does it in here, until it is written: the key is not replaced meanwhile.
   *
   * @throws OrcaError `unavailable` without the key, and while the store holds values of another one
   */
  sealing<T>(work: (seal: Seal) => Promise<T>): Promise<T>;
  /** @throws OrcaError `unavailable` without the key it was sealed with, and for what was changed or moved */
  open(place: string, envelope: string): string;
  /** Whether it is sealed with the newest key. */
  isNewest(envelope: string): boolean;
  /** The key of which nothing is left once what it sealed is sealed anew; undefined if there is one key, or none. */
  outgoing(): string | undefined;
  /**
   * What is sealed from now on is sealed with this key; what the one before sealed still opens. Waits for those who seal.
   *
   * @param next 32 random bytes, which are on disk
   */
  renew(next: Uint8Array): Promise<void>;
  /** Nothing is sealed with the key before any more. */
  forgetOld(): void;
}

export interface VaultOptions {
  /** `DIR/secret.key`: for errors. */
  readonly file: string;
  /** Undefined: it is lost, and what it sealed is still in the store. */
  readonly key: Uint8Array | undefined;
  /** The one that takes its place: a rotation was cut short. */
  readonly next?: Uint8Array | undefined;
  /** All that is sealed in the store: a stranger's key is never used beside the own. */
  readonly sealed: () => Promise<readonly string[]>;
  /** Such as `crypto.randomBytes`. */
  readonly random: (bytes: number) => Buffer;
}

export function createVault({ file, key, next, sealed, random }: VaultOptions): Vault {
  /** The newest last. */
  let ring: readonly SealingKey[] = [key, next].flatMap((one) => (one ? [sealingKey(one)] : []));
  const writers = new Set<Promise<unknown>>();
  let isChecked = false;

  const newest = (): SealingKey => {
    const last = ring.at(-1);
    if (last) return last;
    throw new OrcaError('unavailable', `${file} is missing, and the store holds values encrypted with it`, {
      hint: HINT,
    });
  };
  const keyOf = (envelope: string): SealingKey => {
    const own = newest();
    const found = ring.find(({ id }) => id === keyIdOf(envelope));
    if (found) return found;
    throw otherKey(file, own, envelope);
  };
  /** Once is enough: whatever comes later is sealed here. */
  const refuseStrangers = async (): Promise<void> => {
    newest();
    if (isChecked) return;
    for (const envelope of await sealed()) keyOf(envelope);
    isChecked = true;
  };

  return {
    async sealing(work) {
      await refuseStrangers();
      const used = newest();
      const written = work((place, text) => sealWith(used, place, text, random(NONCE_BYTES)));
      writers.add(written);
      try {
        return await written;
      } finally {
        writers.delete(written);
      }
    },
    open(place, envelope) {
      const text = openWith(keyOf(envelope), place, envelope);
      if (text !== undefined) return text;
      throw new OrcaError('unavailable', `the encrypted value in ${place} was changed, or moved there`, {
        hint: 'restore the store from a backup, or remove what it belongs to and add it again',
      });
    },
    isNewest: (envelope) => keyIdOf(envelope) === newest().id,
    outgoing: () => (ring.length > 1 ? ring[0]?.id : undefined),
    async renew(bytes) {
      await refuseStrangers();
      ring = [newest(), sealingKey(bytes)];
      await Promise.allSettled(writers);
    },
    forgetOld: () => {
      ring = ring.slice(-1);
    },
  };
}

const HINT =
  'put the key file back from a backup and restart the server; or remove what is encrypted (webhooks, secrets, registry logins), restart it, and set it again';

const otherKey = (file: string, { id }: SealingKey, envelope: string): OrcaError =>
  new OrcaError(
    'unavailable',
    `${file} is key ${id}, but the store holds values encrypted with key ${keyIdOf(envelope) ?? 'of another version'}`,
    { hint: HINT },
  );
