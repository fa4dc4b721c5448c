import { removeProject, removeService, scale, start, stopAll } from '../../contract/services.ts';
import { notFound } from '../../core/errors.ts';
import type { Service } from '../../core/model/service.ts';
import type { OwnPorts } from '../../core/rollout/own-ports.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { State } from '../../store/state.ts';
import { createChange } from '../intents/change.ts';
import { type Decide, paused, removing, scaled, started, withoutOwnPorts } from '../intents/service.ts';
import { findService, visibleServices } from '../observing/find-service.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

export interface ServiceRoutesOptions {
  readonly state: State;
  readonly clock: { now(): number };
  readonly ownPorts?: OwnPorts | undefined;
}

/** Intents on services that are there. Each is written down; the controllers do the rest. */
export function serviceRoutes({ state, clock, ownPorts = () => [] }: ServiceRoutesOptions): readonly Route[] {
  const change = createChange({ state, clock });

  async function stopEach(services: readonly Service[], caller: Caller, purge: boolean) {
    const names = new Set(services.map(({ project }) => project)).size > 1 ? qualified : bare;
    for (const service of services) await change(service, purge ? removing : paused, caller);
    return { stopped: services.map(names), removed: purge ? services.map(names) : [] };
  }

  return [
    route(scale, async ({ params, query, body, caller }) => {
      const { value } = await findService(state, caller, params.name, query.project);
      const decide: Decide = (service, spec) => scaled(service, spec, body.replicas);
      const { before, after } = await change(value, withoutOwnPorts(decide, ownPorts()), caller);
      const { name, project, replicas, scaledFrom = null } = after;
      return ok({ service: name, project, replicas, previous: before.replicas, scaled_from: scaledFrom });
    }),
    route(start, async ({ params, query, caller }) => {
      const { value } = await findService(state, caller, params.name, query.project);
      const { name, project } = (await change(value, withoutOwnPorts(started, ownPorts()), caller)).after;
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
