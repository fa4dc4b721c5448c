import { readFileSync } from 'node:fs';
import { OrcaError } from '../core/errors.ts';
import type { User } from './config.ts';

/** Whom the processes of a data plane become. */
export interface Users {
  /** Has the control socket, the logs and the last table. */
  readonly supervisor: User;
  /** Parses strangers' bytes, and may write to none of those. */
  readonly worker: User;
}

/**
 * The accounts that are used if they exist, else these numbers: in the range that Debian reserves, between those that systemd
 * hands out by itself.
 */
const WORKER = { name: 'orca-ingress', fixed: 60880, option: '--worker-user' };
const SUPERVISOR = { name: 'orca-supervisor', fixed: 60881, option: '--user' };
type Account = typeof WORKER;

interface Wishes {
  readonly supervisor?: User | undefined;
  readonly worker?: User | undefined;
}

/**
 * The unprivileged users of the data plane: as wished, else from the text of /etc/passwd.
 * @throws OrcaError `conflict` if a fixed number belongs to another account, or both are one
 */
export function chooseUsers(passwd: string, wishes: Wishes = {}): Users {
  const accounts = passwd.split('\n').map((line) => line.split(':'));
  const supervisor = wishes.supervisor ?? find(accounts, SUPERVISOR);
  const worker = wishes.worker ?? find(accounts, WORKER);
  if (supervisor.uid !== worker.uid) return { supervisor, worker };
  throw new OrcaError(
    'conflict',
    `the workers of the data plane must not have the user of their supervisor, ${worker.uid}`,
    {
      hint: `name another one with ${WORKER.option} or ${SUPERVISOR.option}`,
    },
  );
}

function find(accounts: readonly (readonly string[])[], { name, fixed, option }: Account): User {
  const named = accounts.find(([known]) => known === name);
  if (named) return ordinary(name, Number(named[2]), Number(named[3]));
  const taken = accounts.find(([, , uid]) => Number(uid) === fixed);
  if (!taken) return { uid: fixed, gid: fixed };
  throw new OrcaError('conflict', `the user id ${fixed} of the data plane belongs to "${taken[0]}"`, {
    hint: `add a system user "${name}", or name one with ${option}`,
  });
}

function ordinary(name: string, uid: number, gid: number): User {
  if (uid > 0 && gid > 0) return { uid, gid };
  throw new OrcaError('conflict', `the user "${name}" must not be root nor in its group`, {
    hint: 'give it an id of its own in /etc/passwd',
  });
}

/** Undefined when the process is not root: then it stays who it is, and so do its workers. */
export const usersToBecome = (wishes: Wishes): Users | undefined =>
  process.geteuid?.() === 0 ? chooseUsers(readFileSync('/etc/passwd', 'utf8'), wishes) : undefined;

/** Gives up root for good: the kernel clears every capability that can be used with the last of the user ids. */
export function becomeUser({ uid, gid }: User): void {
  if (process.geteuid?.() !== 0) return;
  process.setgroups?.([]);
  process.setgid?.(gid);
  process.setuid?.(uid);
  if (process.getuid?.() !== uid || process.geteuid?.() !== uid) throw new Error(`could not become user ${uid}`);
}

/** Of no account; one that nobody's files belong to. */
const [NO_GROUP, OTHER_GROUP] = [65_534, 65_533];

/**
 * As `becomeUser`, for a process that goes on to start others. It has an effective group that is not its own: the kernel lets
 * no process of the same user trace, or write to the memory of, what is started so (`begin_new_exec` in fs/exec.c). To ask
 * for that by name takes prctl(2), which Node has not.
 */
export function becomeParent({ uid, gid }: User): void {
  if (process.geteuid?.() !== 0) return;
  process.setgroups?.([gid]); // Files that its group may read it can read still.
  process.setgid?.(gid);
  process.setegid?.(gid === NO_GROUP ? OTHER_GROUP : NO_GROUP);
  process.setuid?.(uid);
  if (process.getuid?.() !== uid || process.geteuid?.() !== uid) throw new Error(`could not become user ${uid}`);
}

/** In what such a one has started: with no_new_privs the kernel has done so. */
export function takeOwnGroup(): void {
  const gid = process.getgid?.();
  if (gid !== undefined && process.getegid?.() !== gid) process.setegid?.(gid);
}
