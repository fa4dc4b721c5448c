import { createDeploying, type Deploying } from '../../src/api/deploying/deploy.ts';
import { createSteering, type Steering } from '../../src/api/deploying/steering.ts';
import { takeTerm } from '../../src/controllers/cluster.ts';
import { type Controllers, createControllers } from '../../src/controllers/controllers.ts';
import { createIngressLink } from '../../src/controllers/ingress/link.ts';
import { createLinks } from '../../src/controllers/ingress/links.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createEngines, type KnownEngines } from '../../src/engine/engines.ts';
import { createSteadyClock } from '../../src/steady-clock.ts';
import type { Store } from '../../src/store/contract.ts';
import { mirrorStore } from '../../src/store/mirror/store.ts';
import { createState, READ_OFTEN, type State } from '../../src/store/state.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { createLife, type Life } from './life.ts';
import { livedStore } from './lived-store.ts';
import type { ClusterNode } from './node.ts';

/** One process of orca's: controllers, and the part of the API that admits what users wish. */
export interface Master {
  readonly life: Life;
  /** Keys that it has written, in order. */
  readonly written: readonly string[];
  readonly state: State;
  readonly engine: Engine;
  readonly engines: KnownEngines;
  readonly controllers: Controllers;
  readonly deploying: Deploying;
  readonly steering: Steering;
  readonly clock: { now(): number };
}

export interface MasterOptions {
  readonly store: Store;
  /** What the machine's clock shows, which may be set; and how much time has passed. */
  readonly wall: () => number;
  readonly steady: () => number;
  /** The master's own machine first. */
  readonly nodes: readonly ClusterNode[];
  readonly mayPlace: (node: string) => boolean;
  readonly newId: (length: number) => string;
  readonly log: (term: number) => Log;
}

/** As src/server.ts wires it. Never resolves if it ends while it starts. */
export async function startMaster(options: MasterOptions): Promise<Master> {
  const { nodes, wall, steady, newId, mayPlace } = options;
  let close = () => {};
  const life = createLife(() => close());
  const written: string[] = [];
  const store = mirrorStore(livedStore(options.store, life, written), READ_OFTEN);
  const state = createState(store);
  const cluster = await takeTerm(state, () => newId(10));
  const log = options.log(cluster.term);
  const clock = createSteadyClock(wall, steady);
  const engines = createEngines(Object.fromEntries(nodes.map((node) => [node.id, node.engineFor(life)])));
  const engine = engines.of('local');
  const { id, term } = cluster;
  const linkTo = ({ dir, planes }: ClusterNode) =>
    createIngressLink({ dir, cluster: id, term, dial: planes.dial, steady, log, clock });
  const links = createLinks(Object.fromEntries(nodes.map((node) => [node.id, linkTo(node)])));
  const each = links.nodes().flatMap((node) => links.of(node) ?? []);
  close = () => {
    for (const link of each) link.close();
  };
  const controllers = createControllers({
    state,
    registries: engine,
    engines,
    links,
    mayPlace,
    hearing: { since: steady(), lastHeard: (node) => nodes.find(({ id }) => id === node)?.lastHeard() },
    lockEdge: async () => {},
    archive: { keep: async () => {}, read: async function* () {}, prune: async () => {} },
    cluster,
    clock,
    steady,
    log,
    openSecret: (_, envelope) => envelope,
    newId: () => newId(8),
  });
  const { world } = controllers;
  for (const link of each) link.start();
  void controllers.run(life.signal);
  return {
    life,
    written,
    state,
    engine,
    engines,
    controllers,
    clock,
    deploying: createDeploying({ state, engine, engines, world, clock, log }),
    steering: createSteering({ state, clock }),
  };
}
