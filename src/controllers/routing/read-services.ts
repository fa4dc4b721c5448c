import { setImmediate as nextTurn } from 'node:timers/promises';
import { createMakings, sameItems } from '../../core/makings.ts';
import { UnreadableRecord } from '../../core/model/records/unreadable.ts';
import { type Service, type ServiceKey, serviceKey } from '../../core/model/service.ts';
import type { Task } from '../../core/model/task.ts';
import { inOrder, type RoutedService, type RoutedTask } from '../../core/route/build-table.ts';
import type { Stored } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import type { Log } from '../../telemetry/log.ts';
import { readRecords } from '../services/records.ts';
import { MissingRevision, type ReadRevision } from '../services/revisions.ts';
import { createTasksByService } from '../tasks-by-service.ts';
import type { World } from '../world.ts';
import { lastKnown } from './last-known.ts';

/**
 * All services as tables are made of them, in the order of their keys. One about which nothing has changed is the same object as
 * before.
 */
export type ReadServices = () => Promise<readonly RoutedService[]>;

export interface ServiceReaderOptions {
  readonly state: State;
  readonly world: Pick<World, 'container' | 'lastSeen' | 'health' | 'checked'>;
  readonly readRevision: ReadRevision;
  /** Told of records that are damaged. */
  readonly log?: Pick<Log, 'error'> | undefined;
}

/** Services that are read before others have their turn: records in memory are read without a pause. */
const AT_ONCE = 100;

export function createServiceReader({ state, world, readRevision, log }: ServiceReaderOptions): ReadServices {
  const routed = createMakings<RoutedService>();
  const byServices = createTasksByService();
  let last: ReadonlyMap<ServiceKey, RoutedService> = new Map();
  let listed: readonly RoutedService[] = [];

  const tasksOf = (service: Service, seen: readonly Seen[]): Promise<readonly RoutedTask[]> =>
    Promise.all(seen.map(async (one) => ({ ...one, spec: (await readRevision(service, one.task.revision)).spec })));

  /** While it is being deployed all that is stored of it is read as one. */
  const readDeploying = async (key: ServiceKey, { project, name }: Service): Promise<RoutedService | undefined> => {
    const records = await readRecords(state, project, name, readRevision);
    if (!records) return undefined;
    const { target, from } = records;
    const [service, deployment] = [records.service.value, records.deployment?.value];
    const seen = seenOf(world, records.tasks);
    const of = [service, target, from, deployment, ...ingredientsOf(seen)];
    const known = routed.known(key, of);
    return known ?? routed.keep(key, of, { service, target, from, deployment, tasks: await tasksOf(service, seen) });
  };

  const readCalm = async (key: ServiceKey, service: Service, seen: readonly Seen[]): Promise<RoutedService> => {
    const target = await readRevision(service, service.revision);
    const made = { service, target, tasks: await tasksOf(service, seen) };
    // A revision says what it runs for good once its image is resolved.
    return target.hash === undefined ? made : routed.keep(key, [service, ...ingredientsOf(seen)], made);
  };

  /** One damaged record must not keep the routes of all others from moving on: its service keeps the ones it had. */
  const orLast = async (key: ServiceKey, read: Promise<RoutedService | undefined>) => {
    try {
      return await read;
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
      const kept = last.get(serviceKey(project, name));
      if (kept) found.set(serviceKey(project, name), kept);
    }
    return found;
  };

  return async () => {
    const [services, tasks] = await Promise.all([state.services.listReadable(), state.tasks.listReadable()]);
    const byService = byServices(tasks.records);
    const all = lastOf(services.unreadable, tasks.unreadable);
    const kept = all.size;
    let read = 0;
    for (const { value: service } of services.records) {
      const key = serviceKey(service.project, service.name);
      if (all.has(key)) continue;
      const own = service.deployment === undefined ? (byService.get(key) ?? []) : undefined;
      const known = own && routed.knownIf(key, (of) => isMadeOf(of, service, own, world));
      if (known) all.set(key, known);
      if (known) continue;
      read += 1;
      if (read % AT_ONCE === 0) await nextTurn();
      const found = await orLast(key, own ? readCalm(key, service, seenOf(world, own)) : readDeploying(key, service));
      if (found) all.set(key, found);
    }
    last = all;
    routed.retain(all.size, () => all);
    // Records come in the order of their keys.
    const found = kept > 0 ? inOrder([...all.values()]) : [...all.values()];
    if (!sameItems(listed, found)) listed = found;
    return listed;
  };
}

type Seen = Omit<RoutedTask, 'spec'>;

const seenOf = (world: ServiceReaderOptions['world'], tasks: readonly { readonly value: Task }[]): readonly Seen[] =>
  tasks
    .filter(({ value }) => value.phase !== 'ended')
    .map(({ value: task }) => ({ task, container: lastKnown(world, task), checked: world.checked(task) }));

/** What is seen by a health command is told in a new object each time. */
const ingredientsOf = (seen: readonly Seen[]): readonly unknown[] =>
  seen.flatMap(({ task, container, checked }) => [
    task,
    container,
    checked?.container,
    checked?.startedAt,
    checked?.ready,
  ]);

/** Whether a calm service would be made of the same: thousands of tasks are looked at each time, and nothing is made for it. */
function isMadeOf(
  of: readonly unknown[],
  service: Service,
  tasks: readonly Stored<Task>[],
  world: ServiceReaderOptions['world'],
): boolean {
  if (of[0] !== service) return false;
  let at = 1;
  for (const { value: task } of tasks) {
    if (task.phase === 'ended') continue;
    if (of[at] !== task || of[at + 1] !== lastKnown(world, task)) return false;
    const checked = world.checked(task);
    if (of[at + 2] !== checked?.container || of[at + 3] !== checked?.startedAt || of[at + 4] !== checked?.ready)
      return false;
    at += 5;
  }
  return at === of.length;
}
