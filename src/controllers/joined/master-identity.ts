import { createPublicKey } from 'node:crypto';
import type { NodeAuthority } from '../../core/model/node-authority.ts';
import { MASTER_NAME } from '../../core/nodes/wire.ts';
import { issueCertificate } from '../../identity/certificates/authority.ts';
import { newPrivateKey } from '../../identity/certificates/key.ts';
import type { TlsIdentity } from '../../tunnel/tls-identity.ts';
import type { Vault } from '../../vault/vault.ts';
import { openAuthority, shownOf } from './authorities.ts';

export interface MasterIdentity {
  /** Makes what `tls` gives fit to the CAs in force. @throws OrcaError `unavailable` without the vault's key */
  refresh(inForce: readonly NodeAuthority[]): Promise<void>;
  /** Undefined until there is a CA. */
  tls(): TlsIdentity | undefined;
  /** Id of the CA that signed it. */
  authority(): string | undefined;
}

const LIFETIME = 30 * 86_400_000;

/**
 * With what the master shows nodes that it is one: a certificate of the oldest CA, which every node knows. Its key is in memory only,
 * and another one after each start: whoever reads the folder cannot pass for this master.
 */
export function createMasterIdentity({
  vault,
  clock,
}: {
  readonly vault: Pick<Vault, 'open'>;
  readonly clock: { now(): number };
}): MasterIdentity {
  let key: string | undefined;
  let current: { readonly identity: TlsIdentity; readonly authority: string; readonly at: number } | undefined;

  const issue = async (authority: NodeAuthority, now: number) => {
    key ??= newPrivateKey();
    const publicKey = createPublicKey(key);
    const wish = { publicKey, commonName: MASTER_NAME, names: [MASTER_NAME], now, lifetime: LIFETIME };
    return issueCertificate(openAuthority(vault, authority), wish);
  };

  return {
    async refresh(inForce) {
      const shown = shownOf(inForce);
      const now = clock.now();
      if (!shown) {
        current = undefined;
        return;
      }
      const fits = current?.authority === shown.id && Math.abs(now - current.at) < LIFETIME / 2;
      const cert = fits && current ? current.identity.cert : await issue(shown, now);
      const ca = inForce.map(({ certificate }) => certificate);
      const at = fits && current ? current.at : now;
      current = { authority: shown.id, at, identity: { key: key ?? '', cert, ca } };
    },
    tls: () => current?.identity,
    authority: () => current?.authority,
  };
}
