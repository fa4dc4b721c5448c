import type { ServiceKey } from '../model/service.ts';
import type { Cluster } from './cluster.ts';
import { whatKeeps } from './fate.ts';
import type { Ledger } from './ledger.ts';
import type { NodeView } from './node-view.ts';
import { createPlacer, type Placer } from './place.ts';
import { explainOthers } from './refusal.ts';
import type { Wanted } from './wanted.ts';

/** A task that should run, on whatever node. */
export interface DrainTask {
  readonly wanted: Wanted;
  readonly slot: number;
  /** Id of its node. */
  readonly node: string;
  /** It is ready and routed to, as far as its service has a port. */
  readonly serves: boolean;
  /** Of its service: how many slots may be moving at once. */
  readonly parallelism: number;
  /** It is run as often as it was asked for (`restart: never`, `on-failure`): moved, it would run again. */
  readonly runsToEnd?: boolean | undefined;
}

/** One slot on the way off a node: start elsewhere first, go once that serves. */
export type DrainStep = { readonly service: ServiceKey; readonly slot: number; readonly reason: string } & (
  | { readonly kind: 'move'; readonly to: string }
  | { readonly kind: 'leave' }
);

export interface Drain {
  readonly steps: readonly DrainStep[];
  /** That will go by themselves, or when it is their turn. */
  readonly waiting: readonly Remaining[];
  /** That cannot go, until somebody changes something. */
  readonly stuck: readonly Remaining[];
  /** Nothing is left on the node. */
  readonly done: boolean;
}

export interface Remaining {
  readonly service: ServiceKey;
  readonly slot: number;
  readonly why: string;
}

export interface DrainInput {
  readonly node: Pick<NodeView, 'id' | 'name'>;
  /** All of the services that have a task on the node. */
  readonly tasks: readonly DrainTask[];
  readonly cluster: Cluster;
  /** What everybody holds; nothing is noted in it. */
  readonly ledger: Ledger;
}

/** How a node is emptied from here on. Pure: asked again after each step, and after a kill, it goes on. */
export function drain({ node: { id: node, name }, tasks, cluster, ledger: before }: DrainInput): Drain {
  const ledger = before.fork();
  const found: Outcome[] = [];
  for (const [, own] of [...Map.groupBy(tasks, ({ wanted }) => wanted.service)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [{ wanted, parallelism } = { parallelism: 1 }] = own;
    if (!wanted) continue;
    const place = createPlacer(wanted, cluster, ledger);
    const slots = [...Map.groupBy(own, ({ slot }) => slot)].sort(([a], [b]) => a - b);
    let budget = parallelism - slots.filter(([, of]) => isMoving(of, node)).length;
    for (const [slot, of] of slots) {
      const outcome = outcomeOf({ wanted, slot, of, node, name, place, hasTurn: budget > 0 });
      if (outcome?.step?.kind === 'move') budget -= 1;
      if (outcome) found.push(outcome);
    }
  }
  const remaining = (kind: 'waiting' | 'stuck') => found.flatMap((outcome) => outcome[kind] ?? []);
  return {
    steps: found.flatMap(({ step }) => step ?? []),
    waiting: remaining('waiting'),
    stuck: remaining('stuck'),
    done: found.length === 0,
  };
}

interface Outcome {
  readonly step?: DrainStep | undefined;
  readonly waiting?: Remaining | undefined;
  readonly stuck?: Remaining | undefined;
}

/** A successor is on its way, or is there and does not serve yet. */
const isMoving = (of: readonly DrainTask[], node: string): boolean =>
  of.some((task) => task.node === node) && of.some((task) => task.node !== node) && !serves(of, node);

const serves = (of: readonly DrainTask[], node: string): boolean =>
  of.some((task) => task.node !== node && task.serves);

interface Asked {
  readonly wanted: Wanted;
  readonly slot: number;
  /** Tasks of the slot. */
  readonly of: readonly DrainTask[];
  readonly node: string;
  readonly name: string;
  readonly place: Placer;
  readonly hasTurn: boolean;
}

/** Undefined for a slot that has nothing on the node. */
function outcomeOf({ wanted, slot, of, node, name, place, hasTurn }: Asked): Outcome | undefined {
  const here = of.find((task) => task.node === node);
  if (!here) return undefined;
  const { service } = wanted;
  const remains = (why: string): Remaining => ({ service, slot, why });
  const own = `${wanted.name}.${slot}`;
  if (serves(of, node)) return { step: { kind: 'leave', service, slot, reason: `${own} serves from another node` } };
  if (of.some((task) => task.node !== node)) return { waiting: remains(`${own} starts on another node`) };
  if (here.runsToEnd) return { waiting: remains(`${own} runs to its end`) };
  const held = whatKeeps({ wanted, slot }, { id: node, name });
  if (held !== undefined) return { stuck: remains(held) };
  if (!hasTurn) return { waiting: remains(`${own} waits for its turn`) };
  const placed = place(slot);
  if (!placed.node) return { stuck: remains(`no other node takes it: ${explainOthers(placed, node)}`) };
  const reason = `${name} is drained; on ${placed.node.name}: ${placed.why}`;
  return { step: { kind: 'move', service, slot, to: placed.node.id, reason } };
}
