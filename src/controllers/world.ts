import type { ObservedContainer } from '../core/model/container.ts';
import type { Health, ObservedHealth, Routing } from '../core/rollout/observed.ts';
import type { TargetStats, WorkerStatus } from '../core/route/protocol.ts';

/** What was observed last, by whom it was observed: read by planners and by status. Never written by the API. */
export interface World {
  /** 'unknown' while the engine, or this one container, cannot be read; undefined: it is not there. */
  container(name: string): ObservedContainer | 'unknown' | undefined;
  /** As it was seen last, though it may be unknown now. */
  lastSeen(name: string): ObservedContainer | undefined;
  /** Why this one container cannot be read, while its engine can. */
  unread(name: string): string | undefined;
  /** Containers of this cluster, those that are unknown as they were seen last; or undefined while the engine cannot be read. */
  containers(): readonly ObservedContainer[] | undefined;
  /** Since when the engine has been read without a gap; undefined while it cannot be read. Epoch ms. */
  engineSince(): number | undefined;
  /** Why the engine cannot be read, as a sentence. */
  engineDown(): string | undefined;
  health(task: string): ObservedHealth | undefined;
  /** By the health command of its service; undefined while it was not run. */
  checked(task: string): Health | undefined;
  stats(task: string): TargetStats | undefined;
  /** Since when a data plane has been connected, with the workers it has now; undefined while none is. Epoch ms. */
  ingressSince(): number | undefined;
  /** Since when none has been. Epoch ms. */
  ingressLostSince(): number | undefined;
  /** Undefined while no data plane is connected. */
  workers(): readonly WorkerStatus[] | undefined;
  /** How the task stands in the tables of the live workers. */
  routing(task: string): Routing;
}

export type { Routing };
