import { clusterOf } from '../../../src/core/schedule/cluster.ts';
import { ledgerOf } from '../../../src/core/schedule/ledger.ts';
import type { NodeView } from '../../../src/core/schedule/node-view.ts';
import { createPlacer } from '../../../src/core/schedule/place.ts';
import type { Seat } from '../../../src/core/schedule/seat.ts';
import type { Wanted } from '../../../src/core/schedule/wanted.ts';

/** `node growth.ts '{"nodes": 100, "services": 1000, "replicas": 2, "rounds": 10}'`: places them, and tells what that took. */
export interface World {
  readonly nodes: number;
  readonly services: number;
  readonly replicas: number;
  /** A label of three values. */
  readonly spread?: string | undefined;
  readonly rounds: number;
}

export interface Took {
  /** All tasks, none of them placed before; ms, by round. */
  readonly anew: readonly number[];
  /** The same tasks once they are placed, summing up where they are included. */
  readonly again: readonly number[];
  /** Of the whole process, bytes. */
  readonly memory: number;
  readonly placed: number;
}

const GI = 1024 ** 3;

const nodesOf = ({ nodes }: World): readonly NodeView[] =>
  Array.from({ length: nodes }, (_, at) => ({
    id: `node-${at}`,
    name: `worker-${at}`,
    availability: 'active' as const,
    status: 'ready' as const,
    ...(at % 10 !== 0 && { unserved: 'it is not reached' }),
    labels: { zone: String(at % 3) },
    capacity: { memory: (at % 2 === 0 ? 32 : 64) * GI, cpu: 32 },
  }));

/** Every second one reserves something. */
const servicesOf = ({ services, spread }: World): readonly Wanted[] =>
  Array.from({ length: services }, (_, at) => ({
    service: `project-${at % 20}/web-${at}` as const,
    name: `web-${at}`,
    reserve: at % 2 === 0 ? { memory: GI / 4, cpu: 0.25 } : {},
    ports: [],
    isServed: false,
    pins: [],
    placement: { spread },
  }));

function placeAll(world: World, seats: readonly Seat[]): { readonly ms: number; readonly seats: readonly Seat[] } {
  const [nodes, services] = [nodesOf(world), servicesOf(world)];
  const placed: Seat[] = [];
  const began = process.cpuUsage();
  const cluster = clusterOf(nodes);
  const ledger = ledgerOf(cluster, seats);
  for (const wanted of services) {
    const placer = createPlacer(wanted, cluster, ledger);
    for (let slot = 1; slot <= world.replicas; slot += 1) {
      const { node } = placer(slot);
      if (node) placed.push({ ...wanted, node: node.id, slot });
    }
  }
  const { user, system } = process.cpuUsage(began);
  return { ms: (user + system) / 1000, seats: placed };
}

const world: World = JSON.parse(process.argv[2] ?? '{}');
const [anew, again]: [number[], number[]] = [[], []];
let placed = 0;
const warmUps = world.rounds > 1 ? 1 : 0;
for (let round = 0; round < world.rounds + warmUps; round += 1) {
  const first = placeAll(world, []);
  const second = placeAll(world, first.seats);
  placed = second.seats.length;
  if (round < warmUps) continue;
  anew.push(first.ms);
  again.push(second.ms);
}
const memory = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ anew, again, memory, placed } satisfies Took));
