import { readServices } from '../../src/api/observing/read-services.ts';
import type { ServiceReport } from '../../src/core/status/service-status.ts';
import type { Cluster } from './cluster.ts';

/** The service `web` of the shop as `orca status` tells it. */
export async function webNow(cluster: Cluster): Promise<ServiceReport | undefined> {
  const { state, controllers, clock } = cluster.master();
  const services = (await state.services.list('shop')).map(({ value }) => value);
  const [web] = await readServices({ state, world: controllers.world, clock }, services, []);
  return web?.report;
}
