import { engineTime } from '../clock.ts';
import type { ContainerView, ObservedContainer } from '../model/container.ts';
import type { Deployment } from '../model/deployment.ts';
import type { Revision } from '../model/revision.ts';
import { type Service, serviceKey } from '../model/service.ts';
import type { ServiceSpec } from '../model/service-spec.ts';
import type { Task } from '../model/task.ts';
import { isToBeRouted, unfinishedCut } from '../rollout/cut-over.ts';
import type { Health } from '../rollout/observed.ts';
import { wantedReplicas } from '../rollout/wanted.ts';
import { sharesOf } from './divide.ts';
import { routeTls } from './route-tls.ts';
import type { Pool, Probe, Route, Table, Target } from './table.ts';

/** What the table is made of, for one service. */
export interface RoutedService {
  readonly service: Service;
  /** The revision wanted, and while a rollout runs the one it goes back to: its domains are served until it has succeeded. */
  readonly target: Revision;
  readonly from?: Revision | undefined;
  readonly deployment?: Deployment | undefined;
  readonly tasks: readonly RoutedTask[];
}

export interface RoutedTask {
  readonly task: Task;
  /** Of the task's own revision. */
  readonly spec: ServiceSpec;
  /** As observed; only running ones can be reached. */
  readonly container: (ContainerView & Pick<Partial<ObservedContainer>, 'startSeenAt'>) | undefined;
  /** By the service's health command. */
  readonly checked?: Health | undefined;
}

/** What one service adds to the table: a small table of its own. */
export type TablePart = Omit<Table, 'id' | 'names'>;

/** The routing table for what is wanted and observed now, without its id. The same input gives the same table, sorted. */
export const buildTable = (services: readonly RoutedService[]): TablePart => joinParts(inOrder(services).map(partOf));

/** By their keys. */
export const inOrder = (services: readonly RoutedService[]): readonly RoutedService[] =>
  services
    .map((routed) => [keyOf(routed), routed] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, routed]) => routed);

export function partOf(routed: RoutedService): TablePart {
  const routes = routesOf(routed);
  return { pools: routes.length > 0 ? [poolOf(routed)] : [], routes, targets: targetsOf(routed) };
}

/** In their order. */
export const joinParts = (parts: readonly TablePart[]): TablePart => ({
  pools: parts.flatMap(({ pools }) => pools),
  routes: parts.flatMap(({ routes }) => routes),
  targets: parts.flatMap(({ targets }) => targets),
});

const keyOf = ({ service }: RoutedService): string => serviceKey(service.project, service.name);

function routesOf(routed: RoutedService): readonly Route[] {
  const specs = [routed.target.spec, ...(routed.from ? [routed.from.spec] : [])];
  const routes = new Map<string, Route>();
  for (const spec of specs) {
    const tls = routeTls(spec.tls);
    for (const host of spec.domains) {
      for (const { path, stripPrefix } of spec.routes) {
        const place = `${host}${path}`;
        if (!routes.has(place))
          routes.set(place, { host, path, stripPrefix, pool: keyOf(routed), ...(tls && { tls }) });
      }
    }
  }
  return [...routes.values()];
}

/** Whether requests, and who asks for its service's name, are to be sent to it. */
export const isRoutedBy = (routed: RoutedService, task: Task): boolean =>
  isToBeRouted(task, unfinishedCut(routed.deployment), wantedReplicas(routed));

function poolOf(routed: RoutedService): Pool {
  const { target, from, deployment } = routed;
  const tasks = routed.tasks
    .filter(({ task }) => isRoutedBy(routed, task))
    .filter(isReachable)
    .filter(passesCommand)
    .map(({ task }) => task);
  return { name: keyOf(routed), service: keyOf(routed), ...sharesOf({ target, from, deployment, tasks }) };
}

/**
 * The data plane knows nothing of health commands: who misses his gets no requests. Before the command was run since a start of
 * the master, what was routed at this start of its container stays so.
 */
export function passesCommand({ task, spec, container, checked }: RoutedTask): boolean {
  if (spec.health?.command === undefined || !container) return true;
  if (checked?.container === container.id && checked.startedAt === container.startedAt) return checked.ready;
  return task.routedStart === undefined || task.routedStart === container.startedAt;
}

function targetsOf(routed: RoutedService): readonly Target[] {
  return routed.tasks
    .filter(({ task, spec }) => task.phase !== 'ended' && task.release === undefined && spec.port !== undefined)
    .filter(isReachable)
    .sort((a, b) => (a.task.id < b.task.id ? -1 : 1))
    .map((one) => targetOf(routed, one));
}

const NEVER = engineTime(0);

export const isReachable = ({ container }: RoutedTask): boolean =>
  container?.state === 'running' && container.startedAt !== undefined;

function targetOf(routed: RoutedService, { task, spec, container }: RoutedTask): Target {
  const health = task.hash === routed.target.hash ? routed.target.spec.health : spec.health;
  const port = (task.hash === routed.target.hash ? routed.target.spec.port : spec.port) ?? 0;
  return {
    task: task.id,
    service: keyOf(routed),
    revision: task.revision,
    address: task.address,
    port,
    container: container?.id ?? '',
    startedAt: container?.startedAt ?? NEVER,
    probe: {
      ...probeOf(health, port, isRoutedBy(routed, task) ? routed : undefined),
      host: health?.host ?? spec.domains[0],
    },
  };
}

/** From routing until `monitor` has passed a task is probed often enough to be found failing within it. Decision 1. */
export function probeOf(health: ServiceSpec['health'], port: number, watched: RoutedService | undefined): Probe {
  const { path, interval = 10_000, timeout = 3_000, failures = 3 } = health ?? {};
  const monitor = watched?.deployment ? watched.target.spec.deploy.monitor : 0;
  const often = monitor > 0 ? Math.min(interval, Math.max(100, Math.floor(monitor / (failures + 2)))) : interval;
  return {
    path,
    port: health?.port ?? port,
    interval: often,
    timeout,
    failures,
  };
}
