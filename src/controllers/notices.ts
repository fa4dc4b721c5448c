import { LABEL } from '../core/model/container.ts';
import { type ServiceKey, serviceKey } from '../core/model/service.ts';
import type { State } from '../store/state.ts';
import type { Log } from '../telemetry/log.ts';
import type { Links } from './ingress/links.ts';
import type { Loop } from './loop.ts';
import type { World } from './world.ts';

/** Who has to look again when something may have changed. */
export interface Notices {
  /** Records or containers of a service. */
  service(key: ServiceKey): void;
  /** Anything at all. */
  all(): void;
  /** The newest table, or its acknowledgement: news for those who wait alone. */
  table(): void;
  /** As the data plane tells; see IngressLink. */
  readonly dataPlane: Parameters<Links['onChange']>[0];
  /** After a pass over a service: does it wait for anything, or is anything of it under way? */
  passed(key: ServiceKey, isCalm: boolean): void;
}

export interface NoticesOptions {
  readonly state: Pick<State, 'services'>;
  readonly world: Pick<World, 'nodes' | 'ingressSince' | 'lastSeen'>;
  readonly services: Pick<Loop, 'notice'>;
  readonly tables: Pick<Loop, 'notice'>;
  /** Look at everything each time, and are told of containers and records. */
  readonly upkeep: readonly { notice(): void }[];
  readonly log: Log;
}

export function createNotices({ state, world, services, tables, upkeep, log }: NoticesOptions): Notices {
  const restless = new Set<ServiceKey>();
  let knownSince: number | undefined;

  const surroundings = () => {
    tables.notice('table');
    for (const one of upkeep) one.notice();
  };

  const everything = async () => {
    surroundings();
    const { records } = await state.services.listReadable();
    for (const { value } of records) services.notice(serviceKey(value.project, value.name));
  };

  const all = () => void everything().catch((err: unknown) => log.warn({ err }, 'the services could not be listed'));

  const table = () => {
    for (const key of restless) services.notice(key);
  };

  /** The data plane itself, or a worker of it, came or went: that concerns everyone. */
  const workers = () => {
    const since = world.ingressSince();
    if (since === knownSince) table();
    else all();
    knownSince = since;
  };

  return {
    service(key) {
      services.notice(key);
      surroundings();
    },
    all,
    table,
    dataPlane(tasks, what) {
      if (tasks === 'all') return workers();
      const keys = new Set(tasks.flatMap((task) => keyOf(world, task) ?? []));
      // Requests are counted all the time, and decide only for who waits until they have ended.
      for (const key of keys) if (what !== 'counts' || restless.has(key)) services.notice(key);
    },
    passed: (key, isCalm) => void (isCalm ? restless.delete(key) : restless.add(key)),
  };
}

/** The data plane names tasks, the loops look at services: the label of the container tells which. */
function keyOf(world: Pick<World, 'nodes' | 'lastSeen'>, id: string): ServiceKey | undefined {
  const seen = world.nodes().map((node) => world.lastSeen({ id, node }));
  const labels = seen.find((container) => container !== undefined)?.labels;
  return labels && serviceKey(labels[LABEL.project] ?? '', labels[LABEL.service] ?? '');
}
