import { readFileSync } from 'node:fs';
import { OrcaError } from '../core/errors.ts';
import type { User } from './config.ts';

/** The account that is used if it exists. */
const NAME = 'orca-ingress';
/** Else this number: in the range that Debian reserves, between those that systemd hands out by itself. */
const FIXED = 60880;

/**
 * The unprivileged user of the data plane, from the text of /etc/passwd.
 * @throws OrcaError `conflict` if the fixed number belongs to another account
 */
export function chooseUser(passwd: string): User {
  const accounts = passwd.split('\n').map((line) => line.split(':'));
  const named = accounts.find(([name]) => name === NAME);
  if (named) return ordinary(Number(named[2]), Number(named[3]));
  const taken = accounts.find(([, , uid]) => Number(uid) === FIXED);
  if (!taken) return { uid: FIXED, gid: FIXED };
  throw new OrcaError('conflict', `the user id ${FIXED} of the data plane belongs to "${taken[0]}"`, {
    hint: `add a system user "${NAME}"`,
  });
}

function ordinary(uid: number, gid: number): User {
  if (uid > 0 && gid > 0) return { uid, gid };
  throw new OrcaError('conflict', `the user "${NAME}" must not be root nor in its group`, {
    hint: 'give it an id of its own in /etc/passwd',
  });
}

/** Undefined when the process is not root: then it stays who it is. */
export const userToBecome = (wished: User | undefined): User | undefined =>
  process.geteuid?.() === 0 ? (wished ?? chooseUser(readFileSync('/etc/passwd', 'utf8'))) : undefined;

/** Gives up root for good: the kernel clears every capability with the last of the user ids. */
export function becomeUser({ uid, gid }: User): void {
  if (process.geteuid?.() !== 0) return;
  process.setgroups?.([]);
  process.setgid?.(gid);
  process.setuid?.(uid);
  if (process.getuid?.() !== uid || process.geteuid?.() !== uid) throw new Error(`could not become user ${uid}`);
}
