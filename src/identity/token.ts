import { createHash, timingSafeEqual } from 'node:crypto';

const PREFIX = 'orca_';
/** 256 bits. */
const SECRET_BYTES = 32;
const ID_LENGTH = 16;

/** @param random a source such as `crypto.randomBytes` */
export const newToken = (random: (bytes: number) => Buffer): string =>
  `${PREFIX}${random(SECRET_BYTES).toString('base64url')}`;

/** What is stored of a token. Its 256 random bits need no slow hash. */
export const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Where the record of a token lies. */
export const idOf = (digest: string): string => digest.slice(0, ID_LENGTH);

/** Takes as long whatever differs. */
export function sameDigest(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
