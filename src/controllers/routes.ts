import type { Revision } from '../core/model/revision.ts';
import { buildTable, type RoutedService, type RoutedTask } from '../core/route/build-table.ts';
import type { Table } from '../core/route/table.ts';
import type { State } from '../store/state.ts';
import { readRecords, readRevision, type ServiceRecords } from './services/records.ts';
import type { World } from './world.ts';

export interface Routes {
  /** Builds the table anew from the store and the world, and publishes it if it differs. */
  refresh(): Promise<void>;
  /** The newest table is in use everywhere, and was made from the store as of this revision or later. */
  settled(storeRevision: number): boolean;
}

export interface RoutesOptions {
  readonly state: State;
  readonly world: World;
  readonly cluster: string;
  readonly term: number;
  readonly publish: (table: Table) => void;
  /** Every worker uses the table that was published last. */
  readonly inUse: () => boolean;
}

/** Specs of revisions never change: this many are kept in memory. */
const REMEMBERED = 1_000;

/** Keeps the data plane's table equal to what is wanted and observed. */
export function createRoutes({ state, world, cluster, term, publish, inUse }: RoutesOptions): Routes {
  let revision = 0;
  let content = '';
  let madeFrom = -1;
  const revisions = new Map<string, Revision>();

  const specOf = async (project: string, service: string, number: number) => {
    const key = `${project}/${service}/${number}`;
    const known = revisions.get(key) ?? (await readRevision(state, project, service, number));
    if (revisions.size >= REMEMBERED) revisions.clear();
    revisions.set(key, known);
    return known.spec;
  };

  const routedService = async (records: ServiceRecords): Promise<RoutedService> => {
    const { service, target, from, deployment } = records;
    const tasks = records.tasks.filter(({ value }) => value.phase !== 'ended');
    const routed = tasks.map(async ({ value: task }): Promise<RoutedTask> => {
      const container = world.container(task.id);
      const spec = await specOf(task.project, task.service, task.revision);
      return { task, spec, container: container === 'unknown' ? undefined : container };
    });
    return { service: service.value, target, from, deployment: deployment?.value, tasks: await Promise.all(routed) };
  };

  const refresh = async () => {
    const { revision: asOf } = await state.store.status();
    if (world.containers() === undefined) return;
    const keys = await state.services.list();
    const records = await Promise.all(keys.map(({ value }) => readRecords(state, value.project, value.name)));
    const services = await Promise.all(records.filter((one) => one !== undefined).map(routedService));
    const table = buildTable(services);
    const text = JSON.stringify(table);
    if (text !== content || revision === 0) {
      revision += 1;
      content = text;
      publish({ id: { cluster, term, revision }, ...table });
    }
    madeFrom = asOf;
  };

  return { refresh, settled: (storeRevision) => madeFrom >= storeRevision && inUse() };
}
