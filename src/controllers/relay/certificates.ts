import { createPublicKey } from 'node:crypto';
import type { NodeAuthority } from '../../core/model/node-authority.ts';
import { relayName } from '../../core/route/relay-name.ts';
import { issueCertificate } from '../../identity/certificates/authority.ts';
import type { Vault } from '../../vault/vault.ts';
import type { LinkedRelay } from '../ingress/link.ts';
import { openAuthority, shownOf } from '../joined/authorities.ts';

/** A certificate is renewed when half of it is over, ms. */
const LIFETIME = 30 * 86_400_000;

interface Given {
  /** Ids of the CAs that it was told. */
  readonly ca: readonly string[];
  /** Id of the one that signed. */
  readonly signer: string;
  readonly at: number;
}

interface Options {
  readonly vault: Pick<Vault, 'open'>;
  readonly clock: { now(): number };
}

/** Gives data planes certificates for requests from node to node: each once on each connection, and again when it is time. */
export interface RelayCertificates {
  /** @param relays of the connected data planes, by node; `inForce`: the one that signs first */
  refresh(relays: ReadonlyMap<string, LinkedRelay>, inForce: readonly NodeAuthority[]): Promise<void>;
}

export function createRelayCertificates({ vault, clock }: Options): RelayCertificates {
  const given = new WeakMap<LinkedRelay['certify'], Given>();

  /** A new CA signs only once all have been told of it: so no two of them ever differ by more than they believe. */
  const signerOf = (relays: Iterable<LinkedRelay>, inForce: readonly NodeAuthority[]): NodeAuthority | undefined => {
    const [newest] = inForce;
    const knows = ({ certify }: LinkedRelay) => newest !== undefined && given.get(certify)?.ca.includes(newest.id);
    return [...relays].every(knows) ? newest : shownOf(inForce);
  };

  const fits = (last: Given | undefined, signer: NodeAuthority, ca: readonly string[]): boolean =>
    last !== undefined &&
    last.signer === signer.id &&
    last.ca.join() === ca.join() &&
    Math.abs(clock.now() - last.at) < LIFETIME / 2;

  return {
    async refresh(relays, inForce) {
      const ca = inForce.map(({ id }) => id);
      const signer = signerOf(relays.values(), inForce);
      if (signer === undefined) return;
      for (const [node, { key, certify }] of relays) {
        if (fits(given.get(certify), signer, ca)) continue;
        const now = clock.now();
        const name = relayName(node);
        const wish = { publicKey: createPublicKey(key), commonName: name, names: [name], now, lifetime: LIFETIME };
        const certificate = await issueCertificate(openAuthority(vault, signer), wish);
        certify(
          certificate,
          inForce.map((one) => one.certificate),
        );
        given.set(certify, { ca, signer: signer.id, at: now });
      }
    },
  };
}
