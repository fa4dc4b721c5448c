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

/** @param authority the CA that signs now */
export const needsCertificate = (
  { id, certificates }: { readonly id: string; readonly certificates: readonly NodeCertificate[] },
  { authority, now }: { readonly authority: string; readonly now: number },
): boolean => {
  const newest = newestOf(certificates);
  if (!newest || certificates.length >= MOST_GIVEN) return false;
  return newest.authority !== authority || now >= renewalAt(id, newest);
};

/** What is left of them once the node shows the key of one: those before it are over. Undefined if that changes nothing. */
export function afterShown(
  certificates: readonly NodeCertificate[],
  key: string,
): readonly NodeCertificate[] | undefined {
  const at = certificates.findIndex((one) => one.key === key);
  return at > 0 ? certificates.slice(at) : undefined;
}
