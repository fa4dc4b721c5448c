import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What the writer said, line by line, and how it ended. */
export interface Struck {
  readonly acknowledged: readonly number[];
  readonly refused: readonly string[];
  readonly lines: readonly string[];
  readonly killed: boolean;
}

/** Where strace notes which system calls, in their order. */
interface Trace {
  readonly log: string;
  readonly calls: string;
  /** Of strace, about how it notes them. */
  readonly options?: readonly string[];
}

/**
 * Runs the writer under strace, which does `fault` to its system calls, such as `fsync:signal=SIGKILL:when=17` or
 * `fsync:error=EIO:when=9+`. A child that hangs is killed after 120 s.
 */
export async function strike(path: string, count: number, fault: string, trace?: Trace): Promise<Struck> {
  const calls = trace?.calls ?? fault.split(':')[0];
  const inject = ['-o', trace?.log ?? '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${fault}`];
  const args = ['-f', '-qq', ...(trace?.options ?? []), ...inject, process.execPath, WRITER, path, String(count)];
  const child = spawn('strace', args, {
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  const [said, code] = await Promise.all([read(child), ended(child)]);
  const lines = said.split('\n').filter((line) => line !== '');
  const acknowledged = lines.filter((line) => line.startsWith('ok ')).map((line) => Number(line.slice(3)));
  return { acknowledged, lines, refused: lines.filter((line) => line.startsWith('refused')), killed: code !== 0 };
}

const WRITER = fileURLToPath(new URL('./writer.ts', import.meta.url));

async function read(child: ChildProcess): Promise<string> {
  let said = '';
  for await (const chunk of child.stdout ?? []) said += chunk;
  return said;
}

const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', reject);
  });
