import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TOKEN } from '../client/scripted-server.ts';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly api?: string;
  /** `null`: none. */
  readonly token?: string | null;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Called with all of stderr so far; may send a signal. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

const MAIN = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
/** Longer than any run takes on a busy machine, ms. */
const LIMIT = 60_000;

/** Runs the CLI as users do, in a process of its own, away from this user's configuration. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: surroundings(options),
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: LIMIT,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    options.onStderr?.(stderr, (signal) => child.kill(signal));
  });
  child.stdin.on('error', () => undefined).end(options.stdin ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

export function surroundings({ api, token = TOKEN, env = {} }: CliOptions): Record<string, string> {
  return {
    HOME: '/nonexistent',
    PATH: process.env['PATH'] ?? '',
    TZ: 'UTC',
    ...(api === undefined ? {} : { ORCA_API: api }),
    ...(token === null ? {} : { ORCA_TOKEN: token }),
    ...env,
  };
}

/** A folder that is gone after the test. */
export async function folder(t: { after(fn: () => Promise<void>): void }): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'orca-cli-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}
