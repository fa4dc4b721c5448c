import { deployment, deployments } from '../../contract/deployments.ts';
import { reconcileDeployment } from '../../contract/scheduler.ts';
import type { TaskStatus } from '../../contract/status.ts';
import type { TrafficBook } from '../../controllers/ingress/traffic.ts';
import { notFound } from '../../core/errors.ts';
import type { Deployment } from '../../core/model/deployment.ts';
import { serviceKey } from '../../core/model/service.ts';
import { type Caller, reaches } from '../../identity/authenticate.ts';
import { ifReadable } from '../../store/if-readable.ts';
import { runningCanary } from '../observing/canary-shares.ts';
import { readNodeNames } from '../observing/node-names.ts';
import { allDeployments, type ReadOptions, readServices } from '../observing/read-services.ts';
import { readReleases } from '../observing/release-runs.ts';
import { presentDeployment } from '../present/deployment.ts';
import { presentTask } from '../present/task.ts';
import { presentTraffic } from '../present/traffic.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

const DEFAULT_LIMIT = 50;

export interface DeploymentRoutesOptions extends ReadOptions {
  readonly traffic?: TrafficBook | undefined;
}

export function deploymentRoutes(options: DeploymentRoutesOptions): readonly Route[] {
  const { state } = options;

  async function visible(caller: Caller): Promise<readonly Deployment[]> {
    return (await allDeployments(state)).filter(({ project }) => reaches(caller, project)).reverse();
  }

  async function present(some: readonly Deployment[], all: readonly Deployment[]) {
    const tasks = await tasksOf(options, some, all);
    const nameOf = await readNodeNames(state);
    const releases = await readReleases(state, some);
    return some.map((one) => presentDeployment(one, tasks(one), trafficOf(one), releases(one), nameOf));
  }

  async function one(wanted: number, caller: Caller) {
    const all = await visible(caller);
    const found = all.find(({ id }) => id === wanted);
    if (!found) throw notFound('deployment', String(wanted));
    return ok((await present([found], all))[0]);
  }

  const trafficOf = (one: Deployment) =>
    runningCanary(one) === undefined
      ? null
      : presentTraffic(options.traffic, {
          service: serviceKey(one.project, one.service),
          deployment: one,
          now: options.clock.now(),
        });

  return [
    route(deployments, async ({ query, caller }) => {
      const { project, service, state: word, page = 1, limit = DEFAULT_LIMIT } = query;
      const all = await visible(caller);
      const matching = all.filter(
        (one) =>
          (project === undefined || one.project === project) &&
          (service === undefined || one.service === service) &&
          (word === undefined || one.state === word),
      );
      const from = (Math.max(1, page) - 1) * limit;
      return ok({ deployments: await present(matching.slice(from, from + limit), all), total: matching.length });
    }),
    route(deployment, ({ params, caller }) => one(params.id, caller)),
    // Controllers look at every deployment again and again: what is left to be done is to tell.
    route(reconcileDeployment, ({ params, caller }) => one(params.id, caller)),
  ];
}

/** The tasks of the revision that a deployment brings, as they are seen now. */
async function tasksOf(
  options: ReadOptions,
  some: readonly Deployment[],
  all: readonly Deployment[],
): Promise<(deployment: Deployment) => readonly TaskStatus[]> {
  const keys = new Map(some.map((one) => [`${one.project}/${one.service}`, one]));
  const stored = await Promise.all(
    [...keys.values()].map(({ project, service }) => ifReadable(options.state.services.get(project, service))),
  );
  const services = stored.flatMap((one) => (one ? [one.value] : []));
  const observed = await readServices(options, services, all);
  return ({ project, service, to }) =>
    observed
      .filter(({ sight }) => sight.service.project === project && sight.service.name === service)
      .flatMap(({ sight, report, nameOf }) =>
        sight.tasks.flatMap(({ task }, index) => {
          const seen = report.tasks[index];
          return seen && task.revision === to ? [presentTask(task, seen, nameOf)] : [];
        }),
      );
}
