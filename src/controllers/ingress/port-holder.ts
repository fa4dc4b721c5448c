import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

const LISTEN = '0A';

/** The process that listens on a TCP port, as `nginx (pid 12)`, from /proc; undefined when it cannot be told. */
export function holderOf(port: number): string | undefined {
  const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listening(file, port)));
  if (sockets.size === 0) return undefined;
  const pid = processes().find((candidate) => descriptors(candidate).some((link) => sockets.has(link)));
  return pid === undefined ? undefined : `${nameOf(pid)} (pid ${pid})`;
}

/** The processes whose command line holds these words in this order. */
export const processesWith = (words: readonly string[]): readonly number[] =>
  processes().filter((pid) => `\0${read(`/proc/${pid}/cmdline`)}`.includes(`\0${words.join('\0')}\0`));

/** The links of descriptors to sockets that listen on the port, as proc(5) shows them. */
function listening(file: string, port: number): string[] {
  const rows = read(file).split('\n').slice(1);
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTEN && local?.endsWith(`:${hex}`))
    .map((fields) => `socket:[${fields[9]}]`);
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
