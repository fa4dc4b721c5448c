import { join } from 'node:path';
import { OWN_SOCKET } from '../../../src/contract/own-socket.ts';
import type { LabNodes } from '../../lab/nodes.ts';
import { until } from '../../lab/until.ts';
import { type Asked, ask } from '../http.ts';
import type { Docker } from '../tasks/docker.ts';
import type { Version } from '../tasks/fleet.ts';
import { createIngress } from '../tasks/ingress.ts';
import { HOST, LABEL, LOAD, SERVICE, serviceOf } from '../tasks/orca.ts';
import type { NodesFleet } from './fleet.ts';
import { countAll, countEach, watchAllEnds, watchStarts } from './machines.ts';

const PATIENCE = 300_000;

/** Orca on the same machines, asked by its API, its tasks by the ingress of the master's machine. */
export function orcaOnNodes({ master }: LabNodes, engines: readonly Docker[]): NodesFleet {
  const ingress = createIngress(HOST, master.engine.address);
  const call = async (method: string, path: string, body?: unknown): Promise<Asked> => {
    const answer = await ask({ socketPath: join(master.dir, OWN_SOCKET) }, path, { method, body, timeout: PATIENCE });
    if (answer.status >= 400) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body}`);
    return answer;
  };
  const read = async <T>(path: string): Promise<T> => JSON.parse((await call('GET', path)).body) as T;
  const deployed = async (tasks: number, version: Version, began: number) => {
    await call('POST', '/api/v1/deploy', { services: [serviceOf(tasks, version)] });
    const returned = performance.now() - began;
    await ingress.all(tasks, version);
    return { returned, answering: performance.now() - began };
  };

  return {
    name: 'orca',
    create: async (tasks, version) => {
      const starts = await watchStarts(engines, LABEL);
      const began = performance.now();
      const times = await deployed(tasks, version, began);
      return { ...times, running: (await starts.reached(tasks)) - began };
    },
    update: async (tasks, version) => {
      const ends = await watchAllEnds(engines, LABEL);
      const load = ingress.load(LOAD);
      const began = performance.now();
      const times = await deployed(tasks, version, began);
      return { ...times, done: await ends.all(began), ...(await load.end()) };
    },
    lose: async (tasks, cut) => {
      const there = (await countEach(engines, LABEL)).at(-1) ?? 0;
      const elsewhere = await watchStarts(engines.slice(0, -1), LABEL);
      const load = ingress.load(LOAD);
      const began = performance.now();
      await cut();
      const running = (await elsewhere.reached(there)) - began;
      await ingress.all(tasks, '1');
      return { running, answering: performance.now() - began, ...(await load.end()) };
    },
    remove: async () => {
      await call('DELETE', `/api/v1/services/${SERVICE}?purge=true`);
      const isGone = async () =>
        (await countAll(engines, LABEL)) === 0 &&
        (await read<{ readonly services: readonly [] }>('/api/v1/status')).services.length === 0;
      await until('no task to be left', isGone, PATIENCE);
    },
    ready: async () => {
      type Node = { readonly runs_services: boolean };
      const isReady = async () =>
        (await read<{ readonly nodes: readonly Node[] }>('/api/v1/cluster/nodes')).nodes.every(
          ({ runs_services: runs }) => runs,
        );
      await until('every node to take tasks', isReady, PATIENCE);
    },
  };
}
