import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { DeployResult } from '../../src/contract/deploy.ts';
import type { Store } from '../../src/store/contract.ts';
import { createState } from '../../src/store/state.ts';
import { claimMemoryFolder } from '../lab/memory-folder.ts';
import type { Behaviour } from '../unit/core/rollout/box.ts';
import { NO_SKEW, type Skew } from '../unit/core/rollout/skew.ts';
import { choices } from './choices.ts';
import type { Faults } from './faults.ts';
import type { Machine } from './machine.ts';
import { type Master, startMaster } from './master.ts';
import { type ClusterNode, createClusterNode } from './node.ts';
import type { Planes } from './planes.ts';
import { openStoreHere } from './store.ts';
import { beginVirtualTime, type VirtualTime } from './time.ts';
import { createTrace, type Trace } from './trace.ts';
import { createWishes, type Wishes } from './wishes.ts';

/** A cluster in this process: real masters and store, scripted machines and data planes, on a virtual clock. */
export interface Cluster {
  readonly time: VirtualTime;
  /** The master's own first: `local`. */
  readonly nodes: readonly ClusterNode[];
  node(id: string): ClusterNode;
  /** Of the master's own machine, as are `planes`, `faults` and `reachEngine`. */
  readonly machine: Machine;
  readonly planes: Planes;
  readonly faults: Faults;
  readonly trace: Trace;
  /** From now on new tasks are put on these nodes alone. */
  placeOn(...nodes: readonly string[]): void;
  /** The one that was started last. */
  master(): Master;
  wish(): Wishes;
  /** Another master, beside one that still lives or after one that does not. */
  startMaster(): Promise<Master>;
  /** The engine goes away, or comes back. */
  reachEngine(isThere: boolean): void;
  /** Sets the machine's clock, and every other one, by so much, ms. */
  setClock(by: number): void;
  /** Lets time pass until the work is done. Fails if it takes more than so many ms. */
  drive<T>(what: string, work: Promise<T>, limit?: number): Promise<T>;
  until(what: string, condition: () => boolean | Promise<boolean>, limit?: number): Promise<void>;
  /** Deploys, and waits for the end. */
  deploy(manifest: string): Promise<DeployResult>;
  /** From now on it is harm, too, if fewer tasks of the service than this answer, whichever table in use a request meets. */
  expect(service: string, count: number): void;
  /** Requests that were cut or had no answer so far: when, and whose. */
  harm(): readonly string[];
  /** As the end of its test does. */
  close(): Promise<void>;
}

export interface ClusterOptions {
  /** Further nodes, by their ids, which are their names too. */
  readonly nodes?: readonly string[];
  /** False: what time costs is measured, and nobody looks for harm. */
  readonly isWatched?: boolean;
  /** Done before the first master starts. */
  readonly prepare?: (store: Store, nodes: readonly ClusterNode[], now: number) => Promise<void>;
  readonly seed?: number;
  readonly skew?: Skew;
  /** Of further nodes, by their ids; that of the first unless given. */
  readonly skews?: Readonly<Record<string, Skew>>;
  /** How the containers of an image behave: good ones unless it is told. */
  readonly behaviours?: Readonly<Record<string, Behaviour>>;
}

const LIMIT = 300_000;
const SHOWN_LINES = 60;

export async function openCluster(
  t: Pick<TestContext, 'after'>,
  {
    nodes: others = [],
    seed = 1,
    skew = NO_SKEW,
    skews = {},
    behaviours = {},
    isWatched = true,
    prepare,
  }: ClusterOptions = {},
): Promise<Cluster> {
  const dir = claimMemoryFolder();
  const time = beginVirtualTime();
  const choose = choices(seed);
  const trace = createTrace(time.now);
  const store = await openStoreHere(join(dir, 'orca.db'));
  const behaviourOf = (image: string) => behaviours[image] ?? 'good';
  const make = (id: string) =>
    createClusterNode({ id, dir, now: time.now, skew: skews[id] ?? skew, behaviourOf, choose, trace });
  const local = make('local');
  const nodes = [local, ...others.map(make)];
  const { machine, planes, faults, reachEngine } = local;
  let places: readonly string[] = nodes.map(({ id }) => id);
  const harm: string[] = [];
  const expected = new Map<string, number>();
  const masters: Master[] = [];
  let clockSet = 0;
  let closing: Promise<void> | undefined;

  time.onRest(() => {
    if (!planes.now() || !isWatched) return;
    for (const node of nodes) harm.push(...node.harm().map((what) => `${time.now()}: ${what}`));
    for (const [service, count] of expected) {
      const found = nodes.reduce((sum, node) => sum + node.covered(service), 0);
      if (found < count) harm.push(`${time.now()}: ${service} has ${found} of ${count}`);
    }
  });

  const fail = (what: string): never =>
    assert.fail(`${what} does not come (seed ${seed}):\n${trace.last(SHOWN_LINES).join('\n')}`);

  const until: Cluster['until'] = async (what, condition, limit = LIMIT) => {
    if (!(await time.passUntil(condition, limit))) fail(what);
  };

  const drive: Cluster['drive'] = async (what, work, limit = LIMIT) => {
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    work.then(end, end);
    await until(what, () => isDone, limit);
    return work;
  };

  const newId = (length: number) => Array.from({ length }, () => ALPHABET[choose(ALPHABET.length)]).join('');

  const start = async (): Promise<Master> => {
    const master = await startMaster({
      store,
      nodes,
      mayPlace: (node) => places.includes(node),
      newId,
      wall: () => time.now() + clockSet,
      steady: time.now,
      log: (term) => trace.log(`master ${term}`),
    });
    masters.push(master);
    return master;
  };

  const lastMaster = () => masters.at(-1) as Master;
  const wish = () => createWishes(lastMaster());

  const cluster: Cluster = {
    time,
    nodes,
    node: (id) => nodes.find((node) => node.id === id) ?? assert.fail(`no node ${id}`),
    machine,
    planes,
    faults,
    trace,
    master: lastMaster,
    wish,
    startMaster: () => drive('a master', start()),
    until,
    drive,
    reachEngine,
    placeOn: (...ids) => {
      places = ids;
    },
    setClock: (by) => {
      clockSet += by;
    },
    deploy: (manifest) => {
      const asked = wish();
      return drive('the end of a deployment', asked.deploy(manifest).then(asked.ends));
    },
    expect: (service, count) => void expected.set(service, count),
    harm: () => harm,
    close: () => (closing ??= close()),
  };

  const close = async () => {
    for (const { life } of masters) life.end();
    for (const node of nodes) node.planes.away();
    await store.close();
    time.end();
    rmSync(dir, { recursive: true });
  };
  t.after(cluster.close);
  if (others.length > 0) await drive('their records', letIn(store, others));
  if (prepare) await drive('what is there before', prepare(store, nodes, time.now()));
  await cluster.startMaster();
  return cluster;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** As those that joined are known; requests come in at each. */
async function letIn(store: Store, ids: readonly string[]): Promise<void> {
  const { nodes } = createState(store);
  await store.txn({ then: ids.map((id) => nodes.put({ id, name: id, availability: 'active', ingress: true })) });
}
