import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { type InternalAuthority, keyOfCertificate, keyOfInternalAuthority } from '../../core/model/certificate.ts';
import { issueCertificate, makeAuthority } from '../../identity/certificates/authority.ts';
import { newPrivateKey } from '../../identity/certificates/key.ts';
import type { State } from '../../store/state.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Commit } from '../commit.ts';
import { issuerOf } from './issued.ts';
import { say } from './say.ts';
import type { OwnedName } from './wanted.ts';

export interface InternalOptions {
  readonly state: State;
  readonly vault: Pick<Vault, 'sealing' | 'open'>;
  readonly commit: Commit;
  readonly cluster: string;
  readonly clock: { now(): number };
}

/** The cluster's own CA, for names that no public one signs. It is made when the first of them comes. */
export interface InternalCa {
  /** Signs a certificate for a name, and stores it. @throws OrcaError `unavailable` without the vault's key */
  sign(owned: OwnedName): Promise<void>;
}

/** Ms; renewed when a third of it is left. */
const LIFETIME = 30 * 86_400_000;

export function createInternalCa({ state, vault, commit, cluster, clock }: InternalOptions): InternalCa {
  async function ensure(): Promise<InternalAuthority> {
    const [first] = await state.internalAuthorities.list();
    if (first) return first.value;
    const made = await makeAuthority(`${cluster} sites`, clock.now());
    const id = createHash('sha256').update(new X509Certificate(made.certificate).raw).digest('hex');
    return vault.sealing(async (seal) => {
      const key = seal(keyOfInternalAuthority(id), made.key);
      const authority = { id, certificate: made.certificate, key, createdAt: clock.now() };
      await commit([], [state.internalAuthorities.put(authority)]);
      return authority;
    });
  }

  return {
    async sign(owned) {
      const { name } = owned;
      const authority = await ensure();
      const signer = {
        certificate: authority.certificate,
        key: vault.open(keyOfInternalAuthority(authority.id), authority.key),
      };
      const key = newPrivateKey();
      const now = clock.now();
      const wish = { publicKey: createPublicKey(key), commonName: name, names: [name], now, lifetime: LIFETIME };
      const leaf = await issueCertificate(signer, { ...wish, usage: 'server' });
      const x509 = new X509Certificate(leaf);
      await vault.sealing(async (seal) => {
        const certificate = {
          name,
          source: 'internal' as const,
          authority: authority.id,
          issuer: issuerOf(x509),
          chain: `${leaf.trim()}\n${authority.certificate.trim()}\n`,
          key: seal(keyOfCertificate(name), key),
          from: x509.validFromDate.getTime(),
          until: x509.validToDate.getTime(),
          issuedAt: now,
        };
        await commit(
          [],
          [
            state.certificates.put(certificate),
            { delete: state.certificateAttempts.key(name) },
            say(state, owned, now, `issued by ${certificate.issuer}`),
          ],
        );
      });
    },
  };
}
