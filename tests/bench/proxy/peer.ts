import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../lab/until.ts';
import { ask } from '../http.ts';
import { pinned } from './cores.ts';

/** A proxy that runs, with `HOST` routed to the origin. */
export interface Peer {
  readonly name: string;
  readonly port: number;
  /** Of its own; all its processes are found from it. */
  readonly pid: number;
  stop(): Promise<void>;
}

export interface PeerPlace {
  /** A folder for its files. */
  readonly dir: string;
  readonly port: number;
  readonly origin: number;
}

export const HOST = 'bench.example.com';

/** Starts a program on a core, and waits until it answers for `HOST`. Its words go to `dir/name.log`. */
export async function startPinned(
  { name, port, dir, core }: { name: string; port: number; dir: string; core: number },
  argv: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Peer> {
  const log = join(dir, `${name}.log`);
  const output = openSync(log, 'a');
  const [file = '', ...args] = pinned(core, argv);
  const child = spawn(file, args, { cwd: dir, stdio: ['ignore', output, output], env: { ...process.env, ...env } });
  await answers({ name, port, log }, child);
  return { name, port, pid: child.pid ?? 0, stop: () => end(child) };
}

/** @throws Error with the last words of its log when it does not answer in 10 s */
export async function answers(
  { name, port, log }: { readonly name: string; readonly port: number; readonly log: string },
  child: ChildProcess,
): Promise<void> {
  await until(`${name} to answer on ${port}`, async () => {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
    const { status, body } = await ask({ host: '127.0.0.1', port }, '/', { headers: { host: HOST } });
    return status === 200 && body.length === 128;
  }).catch((error: unknown) => {
    throw new Error(`${name} does not start: ${readFileSync(log, 'utf8').slice(-2_000)}`, { cause: error });
  });
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await exited;
  clearTimeout(late);
}
