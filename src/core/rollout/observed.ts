import type { EngineTime } from '../clock.ts';
import type { ObservedContainer } from '../model/container.ts';
import type { Awaited, Deployment } from '../model/deployment.ts';
import type { PullProgress } from '../model/pull-progress.ts';
import type { Revision } from '../model/revision.ts';
import type { Service } from '../model/service.ts';
import type { Task } from '../model/task.ts';
import type { TargetHealth } from '../route/protocol.ts';
import type { Home } from '../schedule/fate.ts';
import type { Place as PlaceTask } from '../schedule/placing.ts';

/** How a task stands in the tables of the live workers. */
export interface Routing {
  /** Every worker has a table in use that routes to it. */
  readonly everywhere: boolean;
  /** Some worker may still route to it: it has such a table, or nobody knows. */
  readonly somewhere: boolean;
  /** When every worker was seen to have a table without it, if this master took it out. Epoch ms. */
  readonly goneAt?: number | undefined;
}

/** What was found out of one start of a task's container, by whoever probes it. Times are the master's. */
export interface Health {
  readonly container: string;
  readonly startedAt: EngineTime;
  readonly ready: boolean;
  /** Has been ready at some time since this start. */
  readonly wasReady?: boolean | undefined;
  /** Since when `ready` has its value. Epoch ms. */
  readonly heldSince: number;
  /** In a row. */
  readonly misses: number;
  /** Of the last miss. */
  readonly error?: string | undefined;
}

export interface EngineBegan {
  readonly at: EngineTime;
  /** The same by the master's clock, as the engine told how long ago it was. Epoch ms. */
  readonly since: number;
}

/** A target's health, stamped by the master's clock when that arrived. */
export interface ObservedHealth extends TargetHealth {
  /** Since when `ready` has its value. Epoch ms. */
  readonly heldSince: number;
}

/** A task as stored, beside what was observed of it. */
export interface TaskView {
  readonly task: Task;
  /** 'unknown' while its node, or it alone, cannot be read; undefined: there is none. */
  readonly container: ObservedContainer | 'unknown' | undefined;
  /** Why this one container cannot be read, while its engine can. */
  readonly unread?: string | undefined;
  /** Its node, by name, and why it cannot be read, as a clause; told to people only, by who knows names. */
  readonly unreadNode?: string | undefined;
  /** Since when its node's engine has been readable without a gap; undefined while it is not. Epoch ms. */
  readonly engineSince: number | undefined;
  /** When its node's engine itself began: it started its containers then. Undefined where that is not known. */
  readonly engineBegan?: EngineBegan | undefined;
  /** Since when its node's data plane has been away; as `Sight.ingressLostSince` where that is not told. Epoch ms. */
  readonly ingressLostSince?: number | undefined;
  /** By the data plane. */
  readonly health?: ObservedHealth | undefined;
  /** By the health command of its service. */
  readonly checked?: Health | undefined;
  readonly routing: Routing;
  /** Plain requests in flight; undefined while no data plane tells. */
  readonly inflight?: number | undefined;
  /** 5xx answers and failed requests so far. */
  readonly failedRequests: number;
  /** Why it is to go to another node, as a clause: its successor starts first. The planner finds it out (`withHomes`). */
  readonly leaves?: string | undefined;
  /** Its node is down, or mute while it does not serve: nothing can be done to it. The planner finds it out. */
  readonly isAway?: true | undefined;
}

/** What is so of one service: as stored, beside what was observed. Whoever decides and whoever tells sees the same. */
export interface Sight {
  readonly service: Service;
  /** The revision `service.revision` names. */
  readonly target: Revision;
  /** The active deployment, if any. */
  readonly deployment?: Deployment | undefined;
  /** The revision `deployment.from` names. */
  readonly from?: Revision | undefined;
  readonly tasks: readonly TaskView[];
  /** Release commands: no tasks of the service's own. */
  readonly releases: readonly TaskView[];
  /**
   * Since when all engines have been readable that the service's tasks are on or, where it has none, any engine that can be read.
   * Undefined while that is not so. Epoch ms.
   */
  readonly engineSince?: number | undefined;
  /** Since when a data plane has been connected without a gap, with the workers it has now; undefined while none is. Epoch ms. */
  readonly ingressSince?: number | undefined;
  /** Since when none has been; the master's start at the earliest. Epoch ms. */
  readonly ingressLostSince?: number | undefined;
  /** What keeps slots from getting on, by the slot's number, as the last plan said: for those who tell. */
  readonly blocked?: ReadonlyMap<number, string> | undefined;
}

/** How far a service has come that another one depends on. */
export interface Other {
  readonly service: string;
  readonly until: Awaited['until'];
  /** `failed`: it will not come so far by itself. */
  readonly state: 'reached' | 'coming' | 'failed';
  /** Since when it is, if it is `reached`; it may have been before. Epoch ms. */
  readonly since?: number | undefined;
  /** A clause: why. */
  readonly reason: string;
  /** A deployment brings it there, and ends by itself. */
  readonly isBounded: boolean;
}
export type ImageState = 'present' | 'not-pulled' | { readonly failed: string };

/** By the id of a node; nothing is known of others, which is as if it was not pulled. */
export type ImageStates = ReadonlyMap<string, ImageState>;

/** A node that takes tasks. */
export interface Place {
  readonly id: string;
  /** As people know it. */
  readonly name: string;
}

/** What a planner may use, or has to wait for; of no meaning to who only looks. */
export interface Means {
  /** Where is the target's image? A reason: it could not be brought there. */
  readonly images: ImageStates;
  /** How far its pulls are that are under way, by the id of a node. */
  readonly pulling?: ReadonlyMap<string, PullProgress> | undefined;
  /** The same of the image of the revision gone back to, where there is one. */
  readonly fromImages?: ImageStates | undefined;
  /** Every worker uses the newest table, and it holds everything wanted so far. */
  readonly tableSettled: boolean;
  /** Why the newest table is not given to the data plane, if it is not. */
  readonly tableWithheld?: string | undefined;
  /** What the last failed step said, while it is tried again. */
  readonly trouble?: string | undefined;
  /** The services that it depends on, where it may have to wait for them; undefined while they were not looked at. */
  readonly others?: readonly Other[] | undefined;
  /** Nodes that take new tasks. */
  readonly nodes: readonly Place[];
  /** Which of them a slot's next task goes to. */
  readonly place: PlaceTask;
  /** The nodes that its tasks are on, by id. Nothing is known to be wrong with one that is not among them. */
  readonly homes?: ReadonlyMap<string, Home> | undefined;
}

/** Everything a planner may look at for one service. */
export interface ServiceView extends Sight, Means {}
