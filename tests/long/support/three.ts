import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { NodeBody } from '../../../src/contract/nodes.ts';
import type { Ran } from '../../lab/cluster.ts';
import type { LabEngine } from '../../lab/engine.ts';
import type { Outcome } from '../../lab/load/generator.ts';
import { startLoad } from '../../lab/load/load.ts';
import { type LabMachine, type LabNodes, startNodes } from '../../lab/nodes.ts';
import { until } from '../../lab/until.ts';

/** A master and two machines that joined, each with an engine of its own: what every test of faults begins from. */
export interface Three {
  readonly lab: LabNodes;
  readonly m1: LabMachine;
  readonly m2: LabMachine;
  /** `orca ...`, which must end with 0; what it printed. */
  done(...args: readonly string[]): Promise<string>;
  /** Writes `services` into the manifest of the project `shop`, and deploys it. */
  deploy(services: string): Promise<void>;
  manifest(services: string): string;
  get<T>(path: string): Promise<T>;
  nodeOf(name: string): Promise<NodeBody | undefined>;
  takesTasks(name: string): Promise<void>;
  /** On a slow machine a node may be silent for a moment, and get nothing then. */
  allTakeTasks(): Promise<void>;
  /** Running containers of a service on each machine. */
  spread(service: string): Promise<Spread>;
  /** The same on one machine. */
  running(engine: LabEngine, service: string): Promise<readonly string[]>;
  /** How many these are, of `local`, `m1`, `m2`. */
  counts(service: string): Promise<readonly number[]>;
  stop(): Promise<void>;
}

/** `ID started-at` of each running container, by machine: it tells that nothing happened to it. */
export type Spread = Readonly<Record<'local' | 'm1' | 'm2', readonly string[]>>;

export const MINUTE = 60_000;
export const said = ({ stdout, stderr }: Ran): string => `${stdout}${stderr}`;

/** Every rate is divided by `ORCA_LOAD_DIVIDED_BY`, for a machine that has other things to do. */
const DIVIDED_BY = Number(process.env['ORCA_LOAD_DIVIDED_BY'] ?? 1);
export const perSecond = (rate: number): number => Math.ceil(rate / DIVIDED_BY);

export async function startThree(images: readonly string[]): Promise<Three> {
  const lab = await startNodes({ machines: 2, images });
  const three = threeOf(lab);
  try {
    for (const machine of lab.machines) {
      const ran = await machine.join(await lab.token());
      assert.equal(ran.code, 0, said(ran));
      await three.takesTasks(machine.name);
    }
    return three;
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

function threeOf(lab: LabNodes): Three {
  const [m1, m2] = lab.machines;
  assert.ok(m1 && m2);
  const done: Three['done'] = async (...args) => {
    const ran = await lab.master.orca(...args);
    assert.equal(ran.code, 0, `orca ${args.join(' ')}: ${said(ran)}`);
    return ran.stdout;
  };
  const get = async <T>(path: string): Promise<T> => JSON.parse((await lab.master.api('GET', path)).body) as T;
  const nodeOf: Three['nodeOf'] = async (name) =>
    (await get<{ nodes: readonly NodeBody[] }>('/api/v1/cluster/nodes')).nodes.find((node) => node.name === name);
  const takesTasks = async (name: string) => {
    await until(`${name} to take tasks`, async () => (await nodeOf(name))?.runs_services === true, 3 * MINUTE);
  };
  const manifest = (services: string) =>
    lab.master.manifest('shop', `project: shop\nservices:\n${services.replaceAll(/^/gm, '  ')}\n`);
  const spread: Three['spread'] = async (service) => ({
    local: await runningOn(lab.master.engine, service),
    m1: await runningOn(m1.engine, service),
    m2: await runningOn(m2.engine, service),
  });
  return {
    lab,
    m1,
    m2,
    done,
    manifest,
    deploy: async (services) => void (await done('deploy', '-f', manifest(services), '--json')),
    get,
    nodeOf,
    takesTasks,
    allTakeTasks: async () => {
      for (const name of ['local', 'm1', 'm2']) await takesTasks(name);
    },
    spread,
    running: runningOn,
    counts: async (service) => Object.values(await spread(service)).map(({ length }) => length),
    stop: lab.stop,
  };
}

async function runningOn(engine: LabEngine, service: string): Promise<readonly string[]> {
  const ids = await engine.docker(['ps', '--quiet', '--no-trunc', '--filter', `label=orca.service=${service}`]);
  const running = ids.split('\n').filter(Boolean);
  if (running.length === 0) return [];
  // One may be removed between the two questions: the other words say nothing then, and it is asked again.
  const told = await engine.docker(['inspect', '--format', '{{.Id}} {{.State.StartedAt}}', ...running]).catch(() => '');
  return told === '' ? runningOn(engine, service) : told.split('\n').filter(Boolean).sort();
}

export interface Loads {
  /** Ends all, and tells what was seen at each. */
  outcomes(): Promise<readonly Outcome[]>;
  /** The same, and fails if a request failed. How many there were. */
  end(): Promise<number>;
}

/** Requests for a host at each of these machines, so many a second at each. */
export async function loadOn(
  engines: readonly LabEngine[],
  { host, rate, sockets = 0 }: { readonly host: string; readonly rate: number; readonly sockets?: number },
): Promise<Loads> {
  const begun = await Promise.all(
    engines.map(({ address }) => startLoad({ address, host, rate: perSecond(rate), sockets })),
  );
  const outcomes = async () => {
    const all = await Promise.all(begun.map((load) => load.stop()));
    for (const { requests, failed, p50, p99 } of all)
      console.log(`${requests} requests, ${failed} failed, p50 ${p50} ms, p99 ${p99} ms`);
    return all;
  };
  return {
    outcomes,
    end: async () => {
      const all = await outcomes();
      for (const { failed, failures } of all) assert.deepEqual([failed, failures], [0, []]);
      return all.reduce((sum, { requests }) => sum + requests, 0);
    },
  };
}

/** Looks at nodes from now on; which states each was seen in until it is ended. */
export function watchNodes(three: Three): { end(): Promise<Readonly<Record<string, ReadonlySet<string>>>> } {
  const seen: Record<string, Set<string>> = {};
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      for (const name of ['m1', 'm2']) {
        const status = (await three.nodeOf(name))?.status ?? 'gone';
        seen[name] = (seen[name] ?? new Set()).add(status);
      }
      await delay(200);
    }
  })();
  return {
    end: async () => {
      isOver = true;
      await looking;
      return seen;
    },
  };
}
