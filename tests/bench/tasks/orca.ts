import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../http.ts';
import type { Docker } from './docker.ts';
import { count, running, watchEnds } from './ends.ts';
import { COMMAND, type Fleet, imageOf, PARALLELISM, PORT, type Version } from './fleet.ts';
import { createIngress } from './ingress.ts';

export interface OrcaPlace {
  readonly docker: Docker;
  readonly token: string;
  /** The launcher, `cli/orca`. */
  readonly program: string;
  /** For manifests. */
  readonly dir: string;
}

const PROJECT = 'bench';
export const SERVICE = 'web';
const OTHER = 'other';
export const LABEL = `orca.service=${SERVICE}`;
export const HOST = 'bench.example.com';

/**
 * Orca, asked by its API or by its CLI; its tasks are reached through its ingress only. Not alone in its project, the service has
 * a name: each task is on a second network, and told to the resolver.
 */
export function orcaFleet(place: OrcaPlace, by: 'API' | 'API, not alone' | 'CLI'): Fleet {
  const { docker } = place;
  const api = createApi(place.token);
  const isAlone = by !== 'API, not alone';
  const ingress = createIngress(HOST);
  const deploy = by === 'CLI' ? deployByCli(place) : api.deploy;

  /** Nobody is asked while it works: the call comes back when every task is ready and routed, and that is then checked. */
  const deployed = async (tasks: number, version: Version) => {
    const began = performance.now();
    await deploy(tasks, version);
    const returned = performance.now() - began;
    await ingress.all(tasks, version);
    return { returned, answering: performance.now() - began };
  };

  return {
    name: NAMES[by],
    create: async (tasks, version) => {
      if (!isAlone) await api.deployOther();
      return deployed(tasks, version);
    },
    update: async (tasks, version) => {
      const ends = await watchEnds(docker, LABEL);
      const load = ingress.load(LOAD);
      const began = performance.now();
      const times = await deployed(tasks, version);
      return { ...times, done: await ends.all(began), ...(await load.end()) };
    },
    heal: async (kill) => {
      const [container = ''] = await running(docker, LABEL);
      return ingress.other(() => kill(container));
    },
    remove: async () => {
      await api.remove();
      while ((await count(docker, LABEL)) > 0 || !(await api.isEmpty())) await sleep(50);
    },
  };
}

const NAMES = { API: 'orca', 'API, not alone': 'orca, with a name', CLI: 'orca by CLI' } as const;

/** Requests a second while an update runs. */
export const LOAD = 50;

export const serviceOf = (tasks: number, version: Version) => ({
  project: PROJECT,
  name: SERVICE,
  image: imageOf(version),
  command: COMMAND,
  replicas: tasks,
  port: PORT,
  domain: HOST,
  health: '/healthz',
  deploy: { parallelism: PARALLELISM, monitor: '0s' },
});

function createApi(token: string) {
  const agent = new Agent({ keepAlive: true });
  const call = (method: string, path: string, body?: unknown) =>
    ask({ host: '127.0.0.1', port: 6880 }, path, {
      method,
      body,
      agent,
      headers: { authorization: `Bearer ${token}` },
      timeout: 120_000,
    });
  const deploy = async (service: object): Promise<void> => {
    const { status, body } = await call('POST', '/api/v1/deploy', { services: [service] });
    if (status !== 200) throw new Error(`POST /api/v1/deploy answered ${status}: ${body}`);
  };
  return {
    deploy: (tasks: number, version: Version) => deploy(serviceOf(tasks, version)),
    /** It has no tasks: that it is there gives its project a network. */
    deployOther: () => deploy({ project: PROJECT, name: OTHER, image: imageOf('1'), replicas: 0 }),
    remove: async () => {
      for (const name of [SERVICE, OTHER]) await call('DELETE', `/api/v1/services/${name}?purge=true`);
    },
    isEmpty: async () =>
      (JSON.parse((await call('GET', '/api/v1/status')).body) as { services: [] }).services.length === 0,
  };
}

function deployByCli({ program, dir, token }: OrcaPlace) {
  return async (tasks: number, version: Version): Promise<void> => {
    const { project, name, ...spec } = serviceOf(tasks, version);
    const file = join(dir, 'bench.yml');
    writeFileSync(file, JSON.stringify({ project, services: { [name]: spec } }));
    const child = spawn(program, ['deploy', '--yes', '-f', file], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ORCA_API: 'http://127.0.0.1:6880', ORCA_TOKEN: token, HOME: dir },
    });
    let words = '';
    child.stderr.on('data', (chunk) => {
      words += chunk;
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`orca deploy ended with ${code}: ${words}`);
  };
}
