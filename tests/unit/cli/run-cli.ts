import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { CLI_BUNDLED } from '../../../scripts/bundle-options.ts';
import { CLI } from '../../lab/entries.ts';
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
  /** SIGINT once this is in what it has written. */
  readonly interruptAt?: string;
  /** SIGINT once this resolves. */
  readonly interruptOn?: Promise<unknown>;
}

const MAIN = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
let bundled: Promise<string> | undefined;

/** The CLI as it is shipped; bundled once a test file where a source is newer. */
export function cliEntry(): Promise<string> {
  bundled ??= CLI === undefined ? bundle() : Promise.resolve(CLI);
  return bundled;
}

async function bundle(): Promise<string> {
  const outdir = mkdtempSync(join(tmpdir(), 'orca-cli-bundle-'));
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }));
  await build({
    ...CLI_BUNDLED,
    entryPoints: { cli: MAIN },
    outdir,
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  });
  return join(outdir, 'cli.mjs');
}

/** Longer than any run takes on a busy machine, ms. */
const LIMIT = 60_000;

/** Runs the CLI as users do, in a process of its own, away from this user's configuration. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const child = spawn(process.execPath, [await cliEntry(), ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: surroundings(options),
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: LIMIT,
    killSignal: 'SIGKILL',
  });
  void options.interruptOn?.then(() => child.kill('SIGINT'));
  let interrupted = false;
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      if (options.interruptAt === undefined || interrupted || !written[name].includes(options.interruptAt)) return;
      interrupted = true;
      child.kill('SIGINT');
    });
  }
  child.stdin.on('error', () => undefined).end(options.stdin ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...written };
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
