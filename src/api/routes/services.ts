import { removeProject, removeService, scale, start, stopAll } from '../../contract/services.ts';
import type { World } from '../../controllers/world.ts';
import { notFound } from '../../core/errors.ts';
import type { Service } from '../../core/model/service.ts';
import type { OwnPorts } from '../../core/rollout/own-ports.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { State } from '../../store/state.ts';
import { roomOf, withinRoom } from '../deploying/require-place.ts';
import { createChange } from '../intents/change.ts';
import { type Decide, paused, removing, scaled, started, withoutOwnPorts } from '../intents/service.ts';
import { findService, visibleServices } from '../observing/find-service.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

export interface ServiceRoutesOptions {
  readonly state: State;
  readonly clock: { now(): number };
  readonly world: Pick<World, 'candidate'>;
  readonly ownPorts?: OwnPorts | undefined;
}

/** Intents on services that are there. Each is written down; the controllers do the rest. */
export function serviceRoutes(options: ServiceRoutesOptions): readonly Route[] {
  const { state, clock, ownPorts = () => [] } = options;
  const change = createChange({ state, clock });

  /** What makes more tasks needs a place for each of them, and none of orca's ports. */
  async function changeCount(service: Service, decide: Decide, caller: Caller) {
    const room = await roomOf(options, service);
    return change(service, withoutOwnPorts(room ? withinRoom(decide, room) : decide, ownPorts()), caller);
  }

  async function stopEach(services: readonly Service[], caller: Caller, purge: boolean) {
    const names = new Set(services.map(({ project }) => project)).size > 1 ? qualified : bare;
    for (const service of services) await change(service, purge ? removing : paused, caller);
    return { stopped: services.map(names), removed: purge ? services.map(names) : [] };
  }

  return [
    route(scale, async ({ params, query, body, caller }) => {
      const { value } = await findService(state, caller, params.name, query.project);
      const decide: Decide = (service, spec) => scaled(service, spec, body.replicas);
      const { before, after } = await changeCount(value, decide, caller);
      const { name, project, replicas, scaledFrom = null } = after;
      return ok({ service: name, project, replicas, previous: before.replicas, scaled_from: scaledFrom });
    }),
    route(start, async ({ params, query, caller }) => {
      const { value } = await findService(state, caller, params.name, query.project);
      const { name, project } = (await changeCount(value, started, caller)).after;
      return ok({ ok: `start ${name}`, service: name, project });
    }),
    route(removeService, async ({ params, query, caller }) => {
      const { value } = await findService(state, caller, params.name, query.project);
      const done = await stopEach([value], caller, query.purge ?? false);
      return ok({ ok: `${query.purge ? 'remove' : 'stop'} ${value.name}`, ...done });
    }),
    route(removeProject, async ({ params, query, caller }) => {
      const services = (await visibleServices(state, caller, params.name)).map(({ value }) => value);
      if (services.length === 0) throw notFound('project', params.name);
      const done = await stopEach(services, caller, query.purge ?? false);
      return ok({ ok: `${query.purge ? 'removed' : 'stopped'} project ${params.name}`, ...done });
    }),
    route(stopAll, async ({ caller }) => {
      const services = (await visibleServices(state, caller)).map(({ value }) => value);
      return ok({ ok: 'stop all', ...(await stopEach(services, caller, false)) });
    }),
  ];
}

const bare = ({ name }: Service): string => name;
const qualified = ({ project, name }: Service): string => `${project}/${name}`;
