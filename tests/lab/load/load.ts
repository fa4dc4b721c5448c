import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Outcome } from './generator.ts';

export interface Load extends AsyncDisposable {
  /** Ends the load, waits for what is open, and tells what it saw. */
  stop(): Promise<Outcome>;
}

export interface LoadWish {
  readonly address: string;
  readonly host: string;
  /** Requests a second. */
  readonly rate: number;
  readonly sockets: number;
}

/** Begins a load in a process of its own; resolves when it runs. */
export async function startLoad({ address, host, rate, sockets }: LoadWish): Promise<Load> {
  const program = join(import.meta.dirname, 'generator.ts');
  const child = spawn(process.execPath, [program, address, host, String(rate), String(sockets)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await once(child.stdout, 'data');
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
    }
    process.off('exit', kill);
    return JSON.parse(output.slice(output.indexOf('{'))) as Outcome;
  };
  return { stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}
