import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from './certificates.ts';
import { until } from './until.ts';

/** Debian's pebble: a CA that speaks ACME, strict and hard to please, with a name server that gives every name one address. */
export interface Pebble {
  readonly directory: string;
  /** PEM: who vouches for the CA's own address. */
  readonly trust: string;
  /** PEM: who signed what it has issued since it was started last. */
  root(): Promise<string>;
  /** It is away, as with SIGKILL; it knows no account and no order when it is back. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Stands still, and hangs up on nobody. */
  pause(): void;
  resume(): void;
  log(): string;
  stop(): Promise<void>;
}

export interface PebbleWish {
  /** Where it asks for http-01, and for tls-alpn-01. */
  readonly httpPort: number;
  readonly tlsPort: number;
  /** Percent of requests whose nonce it refuses. */
  readonly badNonces?: number | undefined;
  /** Command lines run in a namespace of their own. */
  readonly inside?: ((argv: readonly string[]) => string[]) | undefined;
  /** Asks by HTTPS from where it runs; needed with `inside`. @returns the answer's body */
  readonly get?: ((url: string) => Promise<string>) | undefined;
  /** Fixed ones in a namespace; free ones otherwise. */
  readonly ports?: PebblePorts | undefined;
  readonly accountNeeded?: { readonly kid: string; readonly key: string } | undefined;
}

export interface PebblePorts {
  readonly acme: number;
  readonly management: number;
  readonly dns: number;
  readonly dnsManagement: number;
}

export async function startPebble(wish: PebbleWish): Promise<Pebble> {
  const dir = mkdtempSync(join(tmpdir(), 'orca-pebble-'));
  const ports = wish.ports ?? (await freePorts());
  const authority = createAuthority('test CA of pebble');
  const own = authority.issue({ name: 'pebble', usage: 'serverAuth', san: 'localhost,IP:127.0.0.1' });
  writeFileSync(join(dir, 'cert.pem'), own.cert);
  writeFileSync(join(dir, 'key.pem'), own.key);
  writeFileSync(join(dir, 'pebble.json'), configuration(dir, ports, wish));
  const output = openSync(join(dir, 'log'), 'a');
  const env = {
    ...process.env,
    PEBBLE_VA_NOSLEEP: '1',
    PEBBLE_WFE_NONCEREJECT: String(wish.badNonces ?? 0),
    PEBBLE_AUTHZREUSE: '0',
  };
  const run = (argv: readonly string[]): ChildProcess => {
    const [file = '', ...args] = wish.inside?.(argv) ?? argv;
    return spawn(file, args, { stdio: ['ignore', output, output], env });
  };
  const dns = `127.0.0.1:${ports.dns}`;
  const get = wish.get ?? ((url: string) => httpsGet(url, authority.ca));
  const directory = `https://127.0.0.1:${ports.acme}/dir`;
  const names = run([
    'pebble-challtestsrv',
    ...['-defaultIPv6', '', '-defaultIPv4', '127.0.0.1', '-dns01', dns],
    ...['-http01', '', '-https01', '', '-tlsalpn01', '', '-management', `127.0.0.1:${ports.dnsManagement}`],
  ]);
  let ca: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    ca = run(['pebble', '-strict', '-config', join(dir, 'pebble.json'), '-dnsserver', dns]);
    await until('pebble to answer', () => get(directory));
  };
  const kill = async (): Promise<void> => {
    await end(ca);
    ca = undefined;
  };

  await start();
  return {
    directory,
    trust: authority.ca,
    root: () => get(`https://127.0.0.1:${ports.management}/roots/0`),
    kill,
    start,
    pause: () => void ca?.kill('SIGSTOP'),
    resume: () => void ca?.kill('SIGCONT'),
    log: () => readFileSync(join(dir, 'log'), 'utf8'),
    stop: async () => {
      await kill();
      await end(names);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

const configuration = (dir: string, ports: PebblePorts, { httpPort, tlsPort, accountNeeded }: PebbleWish): string =>
  JSON.stringify({
    pebble: {
      listenAddress: `127.0.0.1:${ports.acme}`,
      managementListenAddress: `127.0.0.1:${ports.management}`,
      certificate: join(dir, 'cert.pem'),
      privateKey: join(dir, 'key.pem'),
      httpPort,
      tlsPort,
      ocspResponderURL: '',
      externalAccountBindingRequired: accountNeeded !== undefined,
      ...(accountNeeded && { externalAccountMACKeys: { [accountNeeded.kid]: accountNeeded.key } }),
    },
  });

async function freePorts(): Promise<PebblePorts> {
  const [acme = 0, management = 0, dns = 0, dnsManagement = 0] = await Promise.all([1, 2, 3, 4].map(freePort));
  return { acme, management, dns, dnsManagement };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** @param ca PEM, the only one that is trusted */
export function httpsGet(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
      });
      answer.once('end', () => (answer.statusCode === 200 ? resolve(text) : reject(new Error(`${answer.statusCode}`))));
      answer.once('error', reject);
    });
    asked.once('error', reject);
    asked.end();
  });
}
