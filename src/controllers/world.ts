import type { ObservedContainer } from '../core/model/container.ts';
import type { ServiceKey } from '../core/model/service.ts';
import type { Task } from '../core/model/task.ts';
import type { ToldUnreached } from '../core/nodes/relay-state.ts';
import type { EngineBegan, Health, ObservedHealth, Routing } from '../core/rollout/observed.ts';
import type { TargetStats, WorkerStatus } from '../core/route/protocol.ts';
import type { NodeView } from '../core/schedule/node-view.ts';

/** Of a task's record: which one, and where it was put. */
export type Placed = Pick<Task, 'id' | 'node'>;

/**
 * What was observed last, by whom it was observed: read by planners and by status. Never written by the API. Of a node that
 * is not known nothing can be read.
 */
export interface World {
  /** Names of the nodes that this master looks at. */
  nodes(): readonly string[];
  /** 'unknown' while its node's engine, or this one container, cannot be read; undefined: it is not there. */
  container(task: Placed): ObservedContainer | 'unknown' | undefined;
  /** As it was seen last, though it may be unknown now. */
  lastSeen(task: Placed): ObservedContainer | undefined;
  /** Why this one container cannot be read, while its engine can. */
  unread(task: Placed): string | undefined;
  /** Containers of this cluster on a node, those that are unknown as they were seen last; undefined while its engine cannot be read. */
  containers(node: string): readonly ObservedContainer[] | undefined;
  /** Since when the node's engine has been read without a gap; undefined while it cannot be read. Epoch ms. */
  engineSince(node: string): number | undefined;
  /** When the node's engine itself began; undefined where that is not known. */
  engineBegan(node: string): EngineBegan | undefined;
  /** What is known of a node that services may be put on; undefined for any other. */
  candidate(node: string): Candidate | undefined;
  /** Of a node; undefined while there is no way to it. */
  dataPlane(node: string): PlaneSeen | undefined;
  /** Why the node's engine cannot be read, as a sentence. */
  engineDown(node: string): string | undefined;
  health(task: Placed): ObservedHealth | undefined;
  /** By the health command of its service; undefined while it was not run. */
  checked(task: Placed): Health | undefined;
  stats(task: Placed): TargetStats | undefined;
  /** Since when a data plane has been connected, with the workers it has now; undefined while none is. Epoch ms. */
  ingressSince(): number | undefined;
  /** Since when none has been; of a task, since when its own node's has not been. Epoch ms. */
  ingressLostSince(task?: Placed): number | undefined;
  /** Undefined while no data plane is connected. */
  workers(): readonly WorkerStatus[] | undefined;
  /** What keeps slots of a service from getting on, by the slot's number, as the last pass over it said. */
  blocked(service: ServiceKey): ReadonlyMap<number, string>;
  /** How the task stands in the tables of the live workers. */
  routing(task: Placed): Routing;
}

/** Of a node that may take tasks. */
export interface Candidate extends Pick<NodeView, 'status' | 'reason' | 'capacity'> {
  /** What each ingress elsewhere says that cannot connect to its data plane. */
  readonly unreached?: readonly ToldUnreached[] | undefined;
}

/** A data plane, as it says itself. */
export interface PlaneSeen {
  readonly connected: boolean;
  readonly version?: string | undefined;
  /** What it lacks, or why it does not listen to this master, a sentence each. */
  readonly problems: readonly string[];
}

export type { Routing };
