import { spawn } from 'node:child_process';
import { createGate } from '../gate.ts';

/** What `docker-credential-NAME get` answers. @see https://github.com/docker/docker-credential-helpers */
interface HelperAnswer {
  readonly username: string;
  readonly secret: string;
}

/** Asks a helper for a server's account; undefined if it has none. @throws Error why it could not be asked */
export type AskHelper = (name: string, server: string) => Promise<HelperAnswer | undefined>;

interface HelperLimits {
  /** ms */
  readonly within: number;
  /** Bytes of its answer. */
  readonly output: number;
}

const LIMITS: HelperLimits = { within: 8_000, output: 64 * 1024 };
/** Each may be a program of some hundred megabytes. */
const AT_ONCE = 2;

/** @param path folders to look in, as in PATH; the process's own by default */
export function createHelpers(limits: HelperLimits = LIMITS): AskHelper {
  const gate = createGate(AT_ONCE);
  return (name, server) => gate(() => ask(name, server, limits));
}

async function ask(name: string, server: string, limits: HelperLimits): Promise<HelperAnswer | undefined> {
  const program = `docker-credential-${name}`;
  if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) throw new Error('the docker config names a helper that is no name');
  const { code, output } = await run(program, server, limits);
  if (code !== 0) {
    if (/credentials not found/i.test(output)) return undefined;
    throw new Error(`${program} ended with code ${code}`);
  }
  return read(program, output);
}

/** What it says may hold the secret: it is never told. */
function read(program: string, output: string): HelperAnswer {
  const answer = parse(output);
  const { Username: username, Secret: secret } = (answer ?? {}) as Record<string, unknown>;
  if (typeof username === 'string' && typeof secret === 'string') return { username, secret };
  throw new Error(`${program} gave no account`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** `PROGRAM get`, the server on its standard input; killed when it takes too long, or says too much. */
function run(program: string, server: string, { within, output: most }: HelperLimits): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
    const chunks: Buffer[] = [];
    let size = 0;
    const fail = (reason: string, cause?: unknown) => {
      clearTimeout(timer);
      killGroup(child.pid);
      reject(new Error(`${program} ${reason}`, { cause }));
    };
    const timer = setTimeout(() => fail(`gave no answer within ${within / 1000} s`), within);
    child.on('error', (error) => fail(`could not be started: ${error.message}`, error));
    child.stdin.on('error', () => {}); // It may end without reading.
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > most) fail(`answered more than ${most} bytes`);
      else chunks.push(chunk);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output: Buffer.concat(chunks).toString() });
    });
    child.stdin.end(server);
  });
}

/** With what it has started itself. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
