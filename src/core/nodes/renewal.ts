import { createHash } from 'node:crypto';
import type { NodeCertificate } from '../model/node.ts';

/** Life of a node's certificate, ms. */
export const CERTIFICATE_LIFETIME = 90 * 86_400_000;

const EARLIEST = 0.5;
const LATEST = 0.75;

/**
 * When a node gets its next certificate, epoch ms: after between 50 and 75 % of the life of the one it has, each node at a moment of its own,
 * so that those that joined together do not come together. The rest is for a node that is away.
 */
export function renewalAt(id: string, { from, until }: Pick<NodeCertificate, 'from' | 'until'>): number {
  const own = createHash('sha256').update(id).digest().readUInt32BE(0) / 2 ** 32;
  return from + (until - from) * (EARLIEST + (LATEST - EARLIEST) * own);
}

/** The newest that it was given; undefined for one that never was. */
export const newestOf = (certificates: readonly NodeCertificate[]): NodeCertificate | undefined => certificates.at(-1);

/** Certificates given and not shown yet, at most: a node that takes none is not given ever more. */
const MOST_GIVEN = 8;

/**
 * Whether a node is to be given another certificate: its own gets old, or the CAs are not those that it was given.
 * @param authorities those in force, the one that signs now first
 */
export function needsCertificate(
  { id, certificates }: { readonly id: string; readonly certificates: readonly NodeCertificate[] },
  { authorities, now }: { readonly authorities: readonly string[]; readonly now: number },
): boolean {
  const newest = newestOf(certificates);
  if (!newest || certificates.length >= MOST_GIVEN) return false;
  return !sameAs(newest.authorities, authorities) || now >= renewalAt(id, newest);
}

/** It shows a certificate of the CA that signs now, so that it needs no other one. */
export const isOfNewest = (certificates: readonly NodeCertificate[], authorities: readonly string[]): boolean =>
  certificates[0]?.authorities[0] === authorities[0];

const sameAs = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((one, at) => one === others[at]);

/** What is left of them once the node shows the key of one: those before it are over. Undefined if that changes nothing. */
export function afterShown(
  certificates: readonly NodeCertificate[],
  key: string,
): readonly NodeCertificate[] | undefined {
  const at = certificates.findIndex((one) => one.key === key);
  return at > 0 ? certificates.slice(at) : undefined;
}
