import { randomBytes } from 'node:crypto';

/** What a client's own id may look like; others are replaced. */
const ACCEPTED = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

/** Keeps a sound id, or makes one that no other process makes: a random part and a count. */
export function createRequestIds(): (given: string) => string {
  const prefix = randomBytes(6).toString('hex');
  let count = 0;
  return (given) => {
    if (given !== '' && ACCEPTED.test(given)) return given;
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
}
