import { join } from 'node:path';
import { createRoutes } from '../../../src/controllers/routes.ts';
import type { ServiceRecords } from '../../../src/controllers/services/records.ts';
import type { World } from '../../../src/controllers/world.ts';
import { mirrorStore } from '../../../src/store/mirror/store.ts';
import { openStore } from '../../../src/store/open.ts';
import { createState, READ_OFTEN } from '../../../src/store/state.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { putService } from '../../unit/store/put-service.ts';

export interface LargeState extends AsyncDisposable {
  /** One pass of the routing table, as the server makes it. */
  refresh(): Promise<void>;
}

/** A store on this disk with all these services in it. */
export async function openLargeState(
  dir: string,
  services: readonly ServiceRecords[],
  world: World,
): Promise<LargeState> {
  const store = mirrorStore(await openStore(`file:${join(dir, 'plan.db')}`), READ_OFTEN);
  const state = createState(store);
  for (const { service, target, tasks } of services) {
    const records = [...putService(state, service.value), state.revisions.put(target)];
    await store.txn({ then: [...records, ...tasks.map(({ value }) => state.tasks.put(value))] });
  }
  const log = createLogger({ level: 'silent' });
  const options = {
    state,
    world,
    cluster: 'bench',
    term: 1,
    publish: () => {},
    own: 'local',
    nodes: () => ['local'],
    inUse: () => true,
    clock: { now: () => 0 },
    log,
  };
  const routes = createRoutes(options);
  return { refresh: async () => void (await routes.refresh()), [Symbol.asyncDispose]: () => store.close() };
}
