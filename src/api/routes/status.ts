import type { QueryOf } from '../../contract/endpoint.ts';
import type { Status } from '../../contract/status.ts';
import { status, statusV1 } from '../../contract/status.ts';
import type { TrafficBook } from '../../controllers/ingress/traffic.ts';
import type { World } from '../../controllers/world.ts';
import { serviceKey } from '../../core/model/service.ts';
import { type OwnPorts, ownPortWarning } from '../../core/rollout/own-ports.ts';
import { type Caller, reaches } from '../../identity/authenticate.ts';
import { visibleServices } from '../observing/find-service.ts';
import { type NodeName, readNodeNames } from '../observing/node-names.ts';
import { allDeployments, type Observed, type ReadOptions, readServices } from '../observing/read-services.ts';
import { presentService } from '../present/service.ts';
import { presentTraffic } from '../present/traffic.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

export interface StatusRoutesOptions extends ReadOptions {
  readonly remarks?: ((mayKnow: (project: string) => boolean) => readonly string[]) | undefined;
  readonly httpPort?: (() => number | undefined) | undefined;
  readonly ownPorts?: OwnPorts | undefined;
  readonly traffic?: TrafficBook | undefined;
}

export function statusRoutes(options: StatusRoutesOptions): readonly Route[] {
  const answer = async ({ query, caller }: { query: QueryOf<typeof status>; caller: Caller }) =>
    ok(await readStatus(options, caller, query.project));
  return [route(status, answer), route(statusV1, answer)];
}

async function readStatus(options: StatusRoutesOptions, caller: Caller, project: string | undefined): Promise<Status> {
  const { state, world, httpPort, remarks = () => [], ownPorts = () => [] } = options;
  const services = (await visibleServices(state, caller, project)).map(({ value }) => value);
  const observed = await readServices(options, services, await allDeployments(state));
  const running = observed.filter(({ sight }) => !sight.service.paused && !sight.service.removing);
  const trafficOf = ({ sight: { service, deployment } }: Observed) =>
    presentTraffic(options.traffic, {
      service: serviceKey(service.project, service.name),
      deployment,
      now: options.clock.now(),
    });
  return {
    cluster_name: 'orca',
    http_port: httpPort?.() ?? null,
    services: observed.map((one) => presentService(one, trafficOf(one))),
    warnings: [
      ...unreadEngines(world, await readNodeNames(state)),
      ...(world.workers() === undefined
        ? ['no data plane is connected: routes stay as they were, and nothing is known of health']
        : []),
      ...running.flatMap(({ sight }) => ownPortWarning(sight.target.spec, ownPorts()) ?? []),
      ...remarks((name) => reaches(caller, name)),
    ],
  };
}

/** Which one it is needs no words where there is one. */
function unreadEngines(world: World, nameOf: NodeName): readonly string[] {
  const nodes = world.nodes();
  return nodes.flatMap((node) => {
    const down = world.engineDown(node);
    const whose = nodes.length > 1 ? ` of ${nameOf(node)}` : '';
    return down === undefined ? [] : [`the engine${whose} cannot be read: ${down}`];
  });
}
