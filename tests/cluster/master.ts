import { createDeploying, type Deploying } from '../../src/api/deploying/deploy.ts';
import { createSteering, type Steering } from '../../src/api/deploying/steering.ts';
import { takeTerm } from '../../src/controllers/cluster.ts';
import { type Controllers, createControllers } from '../../src/controllers/controllers.ts';
import type { Dial } from '../../src/controllers/ingress/connection.ts';
import { createIngressLink } from '../../src/controllers/ingress/link.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createEngines, type Engines } from '../../src/engine/engines.ts';
import { createSteadyClock } from '../../src/steady-clock.ts';
import type { Store } from '../../src/store/contract.ts';
import { mirrorStore } from '../../src/store/mirror/store.ts';
import { createState, READ_OFTEN, type State } from '../../src/store/state.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { createLife, type Life } from './life.ts';
import { livedStore } from './lived-store.ts';

/** One process of orca's: controllers, and the part of the API that admits what users wish. */
export interface Master {
  readonly life: Life;
  /** Keys that it has written, in order. */
  readonly written: readonly string[];
  readonly state: State;
  readonly engine: Engine;
  readonly engines: Engines;
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
  readonly dir: string;
  readonly engineFor: (life: Life) => Engine;
  readonly dial: Dial;
  readonly newId: (length: number) => string;
  readonly log: (term: number) => Log;
}

/** As src/server.ts wires it. Never resolves if it ends while it starts. */
export async function startMaster(options: MasterOptions): Promise<Master> {
  const { dir, wall, steady, newId } = options;
  let close = () => {};
  const life = createLife(() => close());
  const written: string[] = [];
  const store = mirrorStore(livedStore(options.store, life, written), READ_OFTEN);
  const state = createState(store);
  const cluster = await takeTerm(state, () => newId(10));
  const log = options.log(cluster.term);
  const clock = createSteadyClock(wall, steady);
  const engine = options.engineFor(life);
  const engines = createEngines({ local: engine });
  const link = createIngressLink({
    dir,
    cluster: cluster.id,
    term: cluster.term,
    dial: options.dial,
    steady,
    log,
    clock,
  });
  close = () => link.close();
  const controllers = createControllers({
    state,
    registries: engine,
    engines,
    link,
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
  link.start();
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
