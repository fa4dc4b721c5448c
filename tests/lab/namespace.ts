import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { childrenOf, run, signal } from './command.ts';
import { until } from './until.ts';

/**
 * Network, mount and process namespaces of their own, held by one anchor process. When the anchor ends, the kernel ends
 * every process in them, and mounts and interfaces go with the last one. The anchor ends when the test process does.
 */
export interface Namespace {
  /** Of the anchor, as seen from outside. */
  readonly pid: number;
  /** Identity of the network namespace, e.g. `net:[4026532201]`. */
  readonly net: string;
  /** An address inside that the test process reaches. */
  readonly address: string;
  /** The test process's own address, as seen from inside. */
  readonly outside: string;
  /** argv that runs `argv` with the namespace's network, and files and processes of the machine. */
  inside(argv: readonly string[]): string[];
  /** argv that runs `argv` in all its namespaces: there it dies with the anchor. */
  within(argv: readonly string[]): string[];
  close(): Promise<void>;
}

export async function createNamespace(): Promise<Namespace> {
  const holder = spawn(
    'setpriv',
    ['--pdeathsig', 'SIGKILL', 'unshare', ...UNSHARE, 'tini', '--', 'sleep', 'infinity'],
    {
      stdio: 'ignore',
    },
  );
  await once(holder, 'spawn');
  const pid = await until('an anchor process', () => childrenOf(holder.pid ?? 0).find((child) => isOwn(child)));
  await run(['nsenter', `--target=${pid}`, '--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/run']);
  const net = readlinkSync(`/proc/${pid}/ns/net`);
  const link = await connect(pid);
  return {
    pid,
    net,
    address: link.inside,
    outside: link.outside,
    inside: (argv) => ['nsenter', `--net=/proc/${pid}/ns/net`, ...argv],
    within: (argv) => ['nsenter', `--target=${pid}`, '--net', '--mount', '--pid', ...argv],
    close: async () => {
      if (holder.exitCode !== null || holder.signalCode !== null) return;
      const ended = once(holder, 'exit');
      signal(pid, 'SIGKILL');
      await ended;
      // A TCP connection whose other end fell silent keeps a network for minutes, without a process: its cable goes at once.
      await run(['ip', 'link', 'delete', cableOf(pid)]).catch(() => undefined); // it went with the network
    },
  };
}

const UNSHARE = ['--net', '--mount', '--pid', '--fork', '--kill-child=SIGKILL', '--mount-proc'];

/** The child has left the machine's network namespace, and its own /proc is mounted once it runs tini. */
function isOwn(pid: number): boolean {
  return readlinkSync(`/proc/${pid}/exe`).endsWith('tini') && readlinkSync(`/proc/${pid}/ns/net`) !== machineNet();
}

const machineNet = (): string => readlinkSync('/proc/self/ns/net');

/** A cable between the machine and the namespace; no default route, so that whatever lies outside fails at once. */
async function connect(pid: number): Promise<{ inside: string; outside: string }> {
  const used = await run(['ip', '-o', '-4', 'addr']);
  let index = pid % BLOCKS;
  while (used.includes(` ${addressOf(index, 1)}/30 `)) index = (index + 1) % BLOCKS;
  const [outside, inside] = [addressOf(index, 1), addressOf(index, 2)];
  const name = cableOf(pid);
  const enter = ['nsenter', `--net=/proc/${pid}/ns/net`];
  await run(['ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', `/proc/${pid}/ns/net`]);
  await run(['ip', 'link', 'set', name, 'alias', process.env['ORCA_TEST_RUN'] ?? 'orca-lab']); // says who made it
  await run(['ip', 'addr', 'add', `${outside}/30`, 'dev', name]);
  await run(['ip', 'link', 'set', name, 'up']);
  await run([...enter, 'ip', 'addr', 'add', `${inside}/30`, 'dev', 'eth0']);
  await run([...enter, 'ip', 'link', 'set', 'lo', 'up']);
  await run([...enter, 'ip', 'link', 'set', 'eth0', 'up']);
  return { inside, outside };
}

const cableOf = (pid: number): string => `ol${pid}`;

/** /30 blocks in 10.254.0.0/16. */
const BLOCKS = 16_384;
const addressOf = (block: number, host: number): string => `10.254.${block >> 6}.${((block & 63) << 2) + host}`;
