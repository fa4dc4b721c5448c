import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ObservedContainer } from '../core/model/container.ts';
import { UnreadableRecord } from '../core/model/records/unreadable.ts';
import { type Service, type ServiceKey, serviceKey } from '../core/model/service.ts';
import type { Task } from '../core/model/task.ts';
import { type BuiltNames, buildNames } from '../core/names/build-names.ts';
import type { Names } from '../core/names/names.ts';
import { type ApiRoute, withApiRoute } from '../core/route/api-route.ts';
import { buildTable, type RoutedService, type RoutedTask } from '../core/route/build-table.ts';
import { type CommandCheck, commandChecks } from '../core/route/command-checks.ts';
import { explainTooLarge, type TooLarge, tooLarge } from '../core/route/table-size.ts';
import type { State } from '../store/state.ts';
import type { Log } from '../telemetry/log.ts';
import type { Tables } from './ingress/links.ts';
import { nodeTables, type Whole } from './node-tables.ts';
import { readRecords } from './services/records.ts';
import { MissingRevision, type ReadRevision, rememberRevisions } from './services/revisions.ts';
import type { World } from './world.ts';

export interface Routes {
  /**
   * Builds the table anew from the store and the world, and publishes it if it differs. Returns when time alone may change
   * it, epoch ms.
   */
  refresh(): Promise<number | undefined>;
  /** The newest table is in use everywhere, and was made from the store as of this revision or later. */
  settled(storeRevision: number): boolean;
  /**
   * Why the newest table is not published, as a sentence; undefined if it is.
   * @param mayKnow a project whose services may be named
   */
  withheld(mayKnow: (project: string) => boolean): string | undefined;
}

export interface RoutesOptions {
  readonly state: State;
  readonly world: World;
  /** Id of the master's own machine. */
  readonly own: string;
  readonly readRevision?: ReadRevision | undefined;
  readonly cluster: string;
  readonly term: number;
  readonly clock: { now(): number };
  /** Ids of the nodes whose data planes are given a table. */
  readonly nodes: () => readonly string[];
  readonly publish: (tables: Tables) => void;
  /** Told of the health commands that are to be run from now on. */
  readonly check?: ((checks: readonly CommandCheck[]) => void) | undefined;
  /** Every worker uses the table that was published last. */
  readonly inUse: () => boolean;
  /** The largest table that is published, bytes. */
  readonly limit?: number | undefined;
  /** Where the ingress leads to orca's own API. */
  readonly api?: (() => ApiRoute | undefined) | undefined;
  /** Told of records that are damaged, and of a table that is too large. */
  readonly log?: Pick<Log, 'error'> | undefined;
}

/** Services that are read before others have their turn: records in memory are read without a pause. */
const AT_ONCE = 100;

/** Keeps the data plane's table equal to what is wanted and observed. */
export function createRoutes(options: RoutesOptions): Routes {
  const { state, world, own, cluster, term, publish, inUse, limit, clock, log } = options;
  const { readRevision = rememberRevisions(options.state) } = options;
  let revision = 0;
  let content = '';
  let madeFrom = -1;
  let over: TooLarge | undefined;
  let last: ReadonlyMap<ServiceKey, RoutedService> = new Map();

  const routedTasks = (service: Service, tasks: readonly Task[]): Promise<readonly RoutedTask[]> => {
    const live = tasks.filter(({ phase }) => phase !== 'ended');
    return Promise.all(
      live.map(async (task) => {
        const { spec } = await readRevision(service, task.revision);
        return { task, spec, container: lastKnown(world, task), checked: world.checked(task) };
      }),
    );
  };

  /** Few services are being deployed at a time: those are read as one, the others from the lists. */
  const routedService = async (service: Service, listed: readonly Task[]): Promise<RoutedService | undefined> => {
    const { project, name } = service;
    if (service.deployment !== undefined) {
      const records = await readRecords(state, project, name, readRevision);
      const tasks = await routedTasks(service, records?.tasks.map(({ value }) => value) ?? []);
      const { target, from, deployment } = records ?? {};
      return (
        records && target && { service: records.service.value, target, from, deployment: deployment?.value, tasks }
      );
    }
    return {
      service,
      target: await readRevision(service, service.revision),
      tasks: await routedTasks(service, listed),
    };
  };

  /** One damaged record must not keep the routes of all others from moving on: its service keeps the ones it had. */
  const orLast = async (key: ServiceKey, routed: Promise<RoutedService | undefined>) => {
    try {
      return await routed;
    } catch (error) {
      if (!(error instanceof MissingRevision) && !(error instanceof UnreadableRecord)) throw error;
      log?.error({ err: error, service: key }, 'the routes of a service stay as they were');
      return last.get(key);
    }
  };

  /** Services of which a record cannot be read: without one of its tasks a service would lose a target that serves. */
  const lastOf = (...unreadable: readonly (readonly UnreadableRecord[])[]) => {
    const found = new Map<ServiceKey, RoutedService>();
    for (const { key } of unreadable.flat()) {
      const [, project = '', name = ''] = key.split('/');
      const routed = last.get(serviceKey(project, name));
      if (routed) found.set(serviceKey(project, name), routed);
    }
    return found;
  };

  const readServices = async (): Promise<ReadonlyMap<ServiceKey, RoutedService>> => {
    const [services, tasks] = await Promise.all([state.services.listReadable(), state.tasks.listReadable()]);
    const keyOf = ({ project, service }: Task) => serviceKey(project, service);
    const byService = Map.groupBy(
      tasks.records.map(({ value }) => value),
      keyOf,
    );
    const all = lastOf(services.unreadable, tasks.unreadable);
    for (const [index, { value: service }] of services.records.entries()) {
      if (index % AT_ONCE === AT_ONCE - 1) await nextTurn();
      const key = serviceKey(service.project, service.name);
      if (all.has(key)) continue;
      const routed = await orLast(key, routedService(service, byService.get(key) ?? []));
      if (routed) all.set(key, routed);
    }
    return all;
  };

  /** What those are told who ask on a node: of its own tasks, until names lead further. */
  const namesOn = async (id: string, services: readonly RoutedService[]): Promise<BuiltNames> => {
    const { edge, networks = {} } = (await state.nodes.get(id))?.value ?? {};
    if (!edge) return { names: undefined };
    const here = services.map((one) => ({ ...one, tasks: one.tasks.filter(({ task }) => task.node === id) }));
    const containers = world.containers(id) ?? [];
    return buildNames(here, { subnet: edge.subnet, networks, containers, now: clock.now() });
  };

  const namesOf = async (services: readonly RoutedService[]) => {
    const names = new Map<string, Names | undefined>();
    const waking: number[] = [];
    for (const node of options.nodes()) {
      const built = await namesOn(node, services);
      names.set(node, built.names);
      if (built.wakeAt !== undefined) waking.push(built.wakeAt);
    }
    return { names, wakeAt: waking.length > 0 ? Math.min(...waking) : undefined };
  };

  /** Told once for each service that is the cause. */
  const withhold = (found: TooLarge | undefined): boolean => {
    if (found && found.service !== over?.service) {
      log?.error(
        { ...found },
        explainTooLarge(found, () => true),
      );
    }
    over = found;
    return found !== undefined;
  };

  const refresh = async () => {
    if (!world.nodes().some((node) => world.containers(node) !== undefined)) return undefined;
    const asOf = await currentRevision(state);
    last = await readServices();
    const services = [...last.values()];
    options.check?.(commandChecks(services));
    const { names, wakeAt } = await namesOf(services);
    const whole: Whole = { routes: buildTable(services), names, api: options.api?.() };
    const text = JSON.stringify([whole.routes, whole.api, ...names]);
    if (withhold(largest(whole))) return undefined;
    if (text !== content || revision === 0) {
      revision += 1;
      content = text;
      publish(nodeTables({ cluster, term, revision }, whole, services, own));
    }
    madeFrom = asOf;
    return wakeAt;
  };

  /** None is larger than the whole with its own names. */
  const largest = ({ routes, names, api }: Whole): TooLarge | undefined => {
    const table = withApiRoute(routes, api);
    const sizes = [...(names.size > 0 ? names.values() : [undefined])].map((own) => {
      const one = own ? { ...table, names: own } : table;
      return tooLarge(one, Buffer.byteLength(JSON.stringify(one)), limit);
    });
    return sizes.find((found) => found !== undefined);
  };

  return {
    refresh,
    settled: (storeRevision) => madeFrom >= storeRevision && inUse(),
    withheld: (mayKnow) => over && explainTooLarge(over, mayKnow),
  };
}

/**
 * The engine may not tell of one container while all others can be read: what is routed stays routed as it was seen last. A
 * master that has just begun has not seen it, but the data plane tells of the start that it has in its table.
 */
function lastKnown(world: World, task: Task): ObservedContainer | undefined {
  const seen = world.lastSeen(task) ?? unseen(world, task);
  if (seen === undefined || seen.startedAt !== undefined) return seen;
  const health = world.health(task);
  return health?.container === seen.id ? { ...seen, startedAt: health.startedAt } : seen;
}

/** On a node that this master has not been able to read yet, while it can read others: what its record says of it. */
function unseen(world: World, task: Task): ObservedContainer | undefined {
  const { id: name, container: id, routedStart: startedAt } = task;
  if (!task.routed || id === undefined || world.container(task) !== 'unknown') return undefined;
  return { id, name, labels: {}, state: 'running', startedAt, oomKilled: false, restarts: 0, stateSince: 0 };
}

/** By a read: a store that cannot be written now can still be routed by. */
async function currentRevision({ store, services }: State): Promise<number> {
  return (await store.range({ prefix: `${services.prefix}/`, limit: 1 })).revision;
}
