import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { httpGet } from './http-get.ts';
import type { Namespace } from './namespace.ts';
import { until } from './until.ts';

/** Debian's docker-registry on the namespace's loopback, which engines take without TLS. */
export interface Registry {
  /** `127.0.0.1:5000`, as it stands in image names. */
  readonly host: string;
  /** Pushes a local image as `<host>/<name>` and gives the digest; the pushed name is removed from the engine again. */
  push(image: string, name: string): Promise<string>;
  stop(): Promise<void>;
}

export interface RegistryPlace {
  readonly dir: string;
  readonly namespace: Namespace;
  docker(args: readonly string[]): Promise<string>;
}

export async function startRegistry({ dir, namespace, docker }: RegistryPlace): Promise<Registry> {
  const host = `127.0.0.1:${PORT}`;
  const config = join(dir, 'registry.yml');
  await mkdir(join(dir, 'registry'), { recursive: true });
  writeFileSync(config, configuration(join(dir, 'registry'), host));
  const [file = '', ...args] = namespace.inside(['docker-registry', 'serve', config]);
  const output = openSync(join(dir, 'registry.log'), 'a');
  const server = spawn(file, args, { stdio: ['ignore', output, output] });
  await until('the registry to answer', async () => (await httpGet(namespace, `http://${host}/v2/`)).status === 200);
  return {
    host,
    push: async (image, name) => {
      const ref = `${host}/${name}`;
      await docker(['tag', image, ref]);
      const told = await docker(['push', ref]);
      await docker(['rmi', ref]);
      const digest = /digest: (sha256:[0-9a-f]{64})/.exec(told)?.[1];
      if (digest === undefined) throw new Error(`no digest in: ${told}`);
      return digest;
    },
    stop: async () => {
      if (server.exitCode !== null || server.signalCode !== null) return;
      const exited = once(server, 'exit');
      server.kill('SIGKILL');
      await exited;
    },
  };
}

const PORT = 5000;

/** JSON is YAML. */
const configuration = (rootdirectory: string, addr: string): string =>
  JSON.stringify({
    version: '0.1',
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory } },
    http: { addr },
  });
