import type { KeyObject } from 'node:crypto';
import type { NodeCertificate } from '../../core/model/node.ts';
import type { NodeAuthority } from '../../core/model/node-authority.ts';
import { CERTIFICATE_LIFETIME } from '../../core/nodes/renewal.ts';
import { type Authority, issueCertificate } from '../../identity/certificates/authority.ts';
import { keyDigest } from '../../identity/certificates/key.ts';

/** A certificate for a node, and what is written down of it. */
export interface IssuedCertificate {
  /** PEM. */
  readonly certificate: string;
  /** PEM, those in force, the one that signed it first. */
  readonly ca: readonly string[];
  readonly record: NodeCertificate;
}

export interface IssueWish {
  readonly id: string;
  readonly publicKey: KeyObject;
  /** Epoch ms. */
  readonly now: number;
  /** Those in force, the one that signs first. */
  readonly inForce: readonly NodeAuthority[];
  /** The one that signs. */
  readonly signer: Authority;
}

/** Signs a node a certificate: its common name is the node's id. */
export async function issueForNode({ id, publicKey, now, inForce, signer }: IssueWish): Promise<IssuedCertificate> {
  const wish = { publicKey, commonName: id, names: [id], now, lifetime: CERTIFICATE_LIFETIME };
  return {
    certificate: await issueCertificate(signer, wish),
    ca: inForce.map(({ certificate }) => certificate),
    record: {
      key: keyDigest(publicKey),
      authorities: inForce.map((one) => one.id),
      from: now,
      until: now + CERTIFICATE_LIFETIME,
    },
  };
}
