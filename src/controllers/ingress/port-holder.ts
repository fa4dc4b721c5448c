import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

const LISTEN = '0A';
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];

/** The process that listens on a TCP port, as `nginx (pid 12)`, from /proc; undefined when it cannot be told. */
export function holderOf(port: number): string | undefined {
  const sockets = new Set(TABLES.flatMap(listeners).flatMap((one) => (one.port === port ? [one.link] : [])));
  if (sockets.size === 0) return undefined;
  const pid = processes().find((candidate) => descriptors(candidate).some((link) => sockets.has(link)));
  return pid === undefined ? undefined : `${nameOf(pid)} (pid ${pid})`;
}

/** Where a socket of this process listens, TCP: one that was handed down says so nowhere else. */
export function portOfDescriptor(fd: number): number | undefined {
  const socket = linkOf(`/proc/self/fd/${fd}`);
  const found = TABLES.flatMap(listeners).find(({ link }) => link === socket);
  return found?.port;
}

/** The processes whose command line holds these words in this order. */
export const processesWith = (words: readonly string[]): readonly number[] =>
  processes().filter((pid) => `\0${read(`/proc/${pid}/cmdline`)}`.includes(`\0${words.join('\0')}\0`));

/** The sockets that listen, as descriptors link to them, with their ports: proc_net(5). */
function listeners(file: string): readonly { readonly link: string; readonly port: number }[] {
  return read(file)
    .split('\n')
    .slice(1)
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , , state]) => state === LISTEN)
    .map((fields) => ({ link: `socket:[${fields[9]}]`, port: Number.parseInt(fields[1]?.split(':')[1] ?? '', 16) }));
}

const processes = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

function descriptors(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  } catch {
    return []; // It ended, or is another user's.
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Its program, or where the kernel keeps its name: Node calls its main thread MainThread. */
const nameOf = (pid: number): string =>
  basename(read(`/proc/${pid}/cmdline`).split('\0')[0] ?? '') || read(`/proc/${pid}/comm`).trim() || 'a process';

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
