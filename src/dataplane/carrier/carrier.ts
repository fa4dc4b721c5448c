import type { Socket } from 'node:net';
import { type Carriage, createCarriage } from '../../core/names/carriage.ts';
import type { TargetHealth } from '../../core/route/protocol.ts';
import type { Table } from '../../core/route/table.ts';
import type { FarNode } from '../proxy/relay/far-node.ts';
import { createTaskDoor } from './connect-task.ts';
import { createFarDoor } from './far-door.ts';
import { createFarEnd } from './far-end.ts';
import { createListeners } from './listeners.ts';
import { createLiveConnections } from './live-connections.ts';
import { createNearEnd } from './near-end.ts';

/** Carries TCP connections between containers of different nodes: this worker's part in it, at both ends. */
export interface Carrier {
  /** Resolves once it listens for what is new in the table; undefined: nothing is to be waited for. */
  use(table: Pick<Table, 'names' | 'peers'>): Promise<void> | undefined;
  setHealth(targets: readonly TargetHealth[]): void;
  /** A connection that the data plane of another node carries here. @param node id of it, by its certificate */
  take(far: Socket, node: string): void;
  /** Takes none any more; resolves when none is left. */
  drain(): Promise<void>;
  destroy(): void;
}

interface CarrierOptions {
  readonly nodes: (node: string) => FarNode | undefined;
  /** Why it does not listen for some service; undefined: it does for all. */
  readonly onProblem: (problem: string | undefined) => void;
  readonly patience?: number | undefined;
}

export function createCarrier({ nodes, onProblem, patience }: CarrierOptions): Carrier {
  let carriage: Carriage = createCarriage(undefined);
  let peers: ReadonlySet<string> = new Set();
  const door = createTaskDoor();
  const live = createLiveConnections();
  const common = { carriage: () => carriage, door, live };
  const onConnection = createNearEnd({ ...common, far: createFarDoor({ nodes }), random: Math.random, patience });
  const listeners = createListeners({ onConnection, onProblem });
  const takeFar = createFarEnd(common);

  return {
    use(table) {
      carriage = createCarriage(table.names);
      peers = new Set(table.peers?.map(({ node }) => node));
      live.cutDenied(carriage);
      return listeners.use(carriage.places);
    },
    setHealth(targets) {
      door.setReady(new Set(targets.filter(({ ready }) => ready).map(({ task }) => task)));
    },
    take(far, node) {
      if (peers.has(node)) takeFar(far).catch(() => far.destroy());
      else far.destroy();
    },
    drain() {
      listeners.close();
      return live.empty();
    },
    destroy() {
      listeners.close();
      live.destroy();
    },
  };
}
