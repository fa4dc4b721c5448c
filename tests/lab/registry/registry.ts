import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../command.ts';
import { httpGet } from '../http-get.ts';
import type { Namespace } from '../namespace.ts';
import { until } from '../until.ts';
import { ACCOUNTS, CI } from './accounts.ts';

/** Debian's docker-registry on the namespace's loopback, which engines take without TLS. */
export interface Registry {
  /** `127.0.0.1:5000`, as it stands in image names. */
  readonly host: string;
  /** Pushes a local image as `<host>/<name>` and gives the digest; the pushed name is removed from the engine again. */
  push(image: string, name: string): Promise<string>;
  /** The same registry over a link on which pulls take half a minute until it is told to hurry. */
  slowLink(): Promise<SlowLink>;
  stop(): Promise<void>;
}

export interface SlowLink {
  readonly host: string;
  hurry(): void;
}

export interface RegistryPlace {
  readonly dir: string;
  readonly namespace: Namespace;
  docker(args: readonly string[]): Promise<string>;
}

/** Who may use it: everyone, or those of `ACCOUNTS`, by a password file or by tokens of a server of its own. */
export type RegistryAccess = 'open' | 'password' | 'token';

const PORTS: Readonly<Record<RegistryAccess, number>> = { open: 5000, password: 5001, token: 5002 };
const TOKEN_PORT = 5003;
const SLOW_PORT = 5004;

export async function startRegistry(place: RegistryPlace, access: RegistryAccess = 'open'): Promise<Registry> {
  const { namespace, docker } = place;
  const host = `127.0.0.1:${PORTS[access]}`;
  const dir = join(place.dir, access === 'open' ? 'registry' : `registry-${access}`);
  await mkdir(join(dir, 'data'), { recursive: true });
  const start = (argv: readonly string[]): ChildProcess => {
    const [file = '', ...args] = namespace.inside(argv);
    const output = openSync(join(dir, 'log'), 'a');
    return spawn(file, args, { stdio: ['ignore', output, output] });
  };
  const tokens = access === 'token' ? start(await tokenServer(dir)) : undefined;
  const config = join(dir, 'registry.yml');
  writeFileSync(config, configuration(dir, host, access));
  const started = [start(['docker-registry', 'serve', config]), ...(tokens ? [tokens] : [])];
  const isUp = async () => (await httpGet(namespace, `http://${host}/v2/`)).status === (access === 'open' ? 200 : 401);
  await until('the registry to answer', isUp);
  if (tokens) await until('the token server', async () => (await httpGet(namespace, REALM)).status === 200);
  return {
    host,
    push: async (image, name) => {
      const ref = `${host}/${name}`;
      await docker(['tag', image, ref]);
      const told = await docker(['--config', await loggedIn(dir, host), 'push', ref]);
      await docker(['rmi', ref]);
      const digest = /digest: (sha256:[0-9a-f]{64})/.exec(told)?.[1];
      if (digest === undefined) throw new Error(`no digest in: ${told}`);
      return digest;
    },
    slowLink: async () => {
      const gate = join(dir, 'hurry');
      const program = join(import.meta.dirname, 'slow-link.ts');
      started.push(start([process.execPath, program, String(SLOW_PORT), String(PORTS[access]), gate]));
      const slow = `127.0.0.1:${SLOW_PORT}`;
      await until('the slow link', async () => (await httpGet(namespace, `http://${slow}/v2/`)).status === 200);
      return { host: slow, hurry: () => writeFileSync(gate, '') };
    },
    stop: async () => {
      await Promise.all(started.map(end));
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

const REALM = `http://127.0.0.1:${TOKEN_PORT}/token`;

/** Makes its key, with the certificate that the registry knows it by. */
async function tokenServer(dir: string): Promise<readonly string[]> {
  const [key, certificate] = [join(dir, 'token.key'), join(dir, 'token.pem')];
  const made = ['-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, '-subj', '/CN=lab'];
  await run(['openssl', 'req', '-x509', ...made]);
  return [process.execPath, join(import.meta.dirname, 'token-server.ts'), String(TOKEN_PORT), key, certificate];
}

/** The folder of a docker config that may push. */
async function loggedIn(dir: string, host: string): Promise<string> {
  const folder = join(dir, 'docker');
  await mkdir(folder, { recursive: true });
  const auth = Buffer.from(`${CI.name}:${CI.password}`).toString('base64');
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  return folder;
}

/** JSON is YAML. */
function configuration(dir: string, addr: string, access: RegistryAccess): string {
  const passwords = join(dir, 'htpasswd');
  if (access === 'password')
    writeFileSync(passwords, ACCOUNTS.map(({ name, digest }) => `${name}:${digest}\n`).join(''));
  const auth = {
    open: {},
    password: { auth: { htpasswd: { realm: 'lab', path: passwords } } },
    token: { auth: { token: { realm: REALM, service: 'lab', issuer: 'lab', rootcertbundle: join(dir, 'token.pem') } } },
  };
  return JSON.stringify({
    version: '0.1',
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(dir, 'data') } },
    http: { addr },
    ...auth[access],
  });
}
