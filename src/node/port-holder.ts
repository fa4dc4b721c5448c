import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** Where the kernel tells of sockets, and its word for one that waits for others: proc_net(5). */
const KINDS = {
  tcp: { files: ['/proc/net/tcp', '/proc/net/tcp6'], waits: '0A' },
  udp: { files: ['/proc/net/udp', '/proc/net/udp6'], waits: '07' },
} as const;
type Kind = keyof typeof KINDS;

/** The process that has a port, as `nginx (pid 12)`, from /proc; undefined when it cannot be told. */
export function holderOf(port: number, kind: Kind = 'tcp'): string | undefined {
  const sockets = new Set(listeners(kind).flatMap((one) => (one.port === port ? [one.link] : [])));
  if (sockets.size === 0) return undefined;
  const pid = processes().find((candidate) => descriptors(candidate).some((link) => sockets.has(link)));
  return pid === undefined ? undefined : `${nameOf(pid)} (pid ${pid})`;
}

/** Where a socket of this process listens, TCP: one that was handed down says so nowhere else. */
export function portOfDescriptor(fd: number): number | undefined {
  return placeOf(fd, 'tcp')?.port;
}

/** The IPv4 address that a UDP socket of this process is bound to. */
export const addressOfDescriptor = (fd: number): string | undefined => placeOf(fd, 'udp')?.address;

const placeOf = (fd: number, kind: Kind): Place | undefined => {
  const socket = linkOf(`/proc/self/fd/${fd}`);
  return listeners(kind).find(({ link }) => link === socket);
};

/** The processes whose command line holds these words in this order. */
export const processesWith = (words: readonly string[]): readonly number[] =>
  processes().filter((pid) => `\0${read(`/proc/${pid}/cmdline`)}`.includes(`\0${words.join('\0')}\0`));

interface Place {
  /** As a descriptor links to the socket. */
  readonly link: string;
  readonly address: string;
  readonly port: number;
}

const listeners = (kind: Kind): readonly Place[] =>
  KINDS[kind].files.flatMap((file) =>
    read(file)
      .split('\n')
      .slice(1)
      .map((row) => row.trim().split(/\s+/))
      .filter(([, , , state]) => state === KINDS[kind].waits)
      .map((fields) => placeIn(fields)),
  );

/** `0100D00A:0035` is port 53 of 10.208.0.1: lowest byte first, as the machines are that orca runs on. */
function placeIn(fields: readonly string[]): Place {
  const [address = '', port = ''] = fields[1]?.split(':') ?? [];
  const bytes = [6, 4, 2, 0].map((at) => Number.parseInt(address.slice(at, at + 2), 16));
  return { link: `socket:[${fields[9]}]`, address: bytes.join('.'), port: Number.parseInt(port, 16) };
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
