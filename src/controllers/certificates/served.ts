import { type Certificate, keyOfCertificate } from '../../core/model/certificate.ts';
import type { ServedCertificate } from '../../core/route/certificates.ts';
import type { Vault } from '../../vault/vault.ts';

/** What data planes are given: every certificate that is still valid. */
export type Served = (held: readonly Certificate[], now: number) => readonly ServedCertificate[];

/**
 * Decrypts each key once. One that was damaged is left out; where none opens the key of the vault is missing, and that is thrown:
 * data planes go on with what they have.
 */
export function createServed({ open }: Pick<Vault, 'open'>): Served {
  let known: ReadonlyMap<string, ServedCertificate> = new Map();

  const serve = ({ name, chain, key }: Certificate): ServedCertificate =>
    known.get(key) ?? { names: [name], chain, key: open(keyOfCertificate(name), key) };

  return (held, now) => {
    const next = new Map<string, ServedCertificate>();
    let problem: unknown;
    for (const one of held.filter(({ until }) => until > now)) {
      try {
        next.set(one.key, serve(one));
      } catch (error) {
        problem = error;
      }
    }
    if (problem !== undefined && next.size === 0) throw problem;
    known = next;
    return [...next.values()];
  };
}
