import { assignPending, type SchedulerStatus, schedulerStatus, stopTask } from '../../contract/scheduler.ts';
import { notFound, OrcaError } from '../../core/errors.ts';
import { isEnded } from '../../core/model/deployment.ts';
import { type Caller, reaches } from '../../identity/authenticate.ts';
import { listNodes, type NodesOptions } from '../nodes/present.ts';
import { visibleServices } from '../observing/find-service.ts';
import { pendingOf } from '../observing/pending.ts';
import { allDeployments, type ReadOptions, readServices } from '../observing/read-services.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

export type SchedulerRoutesOptions = ReadOptions & NodesOptions;

/** The scheduler's paths of another document, over what there is under others. */
export function schedulerRoutes(options: SchedulerRoutesOptions): readonly Route[] {
  const { state } = options;

  const observe = async (caller: Caller) => {
    const services = (await visibleServices(state, caller)).map(({ value }) => value);
    const deployments = await allDeployments(state);
    return { deployments, observed: await readServices(options, services, deployments) };
  };

  const readStatus = async (caller: Caller): Promise<SchedulerStatus> => {
    const [{ deployments, observed }, nodes] = await Promise.all([observe(caller), listNodes(options)]);
    const pending = pendingOf(observed);
    const tasks = observed.flatMap(({ sight, report }) =>
      sight.tasks.flatMap(({ task }, at) => (task.phase === 'ended' ? [] : [report.tasks[at]])),
    );
    return {
      nodes: nodes.map(({ node_id, name, status, availability, runs_services, reason, tasks: count }) => ({
        ...{ node_id, name, status, availability, runs_services, reason, tasks: count },
      })),
      tasks: {
        total: tasks.length,
        serving: tasks.filter((report) => report?.serves).length,
        pending: pending.length,
      },
      pending: [...pending],
      deployments: deployments
        .filter((one) => !isEnded(one.state))
        .map(({ id, project, service, state: word, reason }) => ({ id, project, service, state: word, reason })),
    };
  };

  return [
    route(schedulerStatus, async ({ caller }) => ok(await readStatus(caller))),
    route(assignPending, async ({ caller }) => ok({ pending: [...pendingOf((await observe(caller)).observed)] })),
    route(stopTask, async ({ params: { id }, caller }) => {
      const tasks = (await state.tasks.listReadable()).records.map(({ value }) => value);
      const task = tasks.find((one) => one.id === id && reaches(caller, one.project));
      if (!task) throw notFound('task', id);
      if (task.phase === 'run') throw isWanted(task);
      return ok({ ok: `task ${id} ${task.phase === 'ended' ? 'has ended' : 'is being stopped'}`, task_id: id });
    }),
  ];
}

const isWanted = ({ id, service }: { readonly id: string; readonly service: string }): OrcaError =>
  new OrcaError('conflict', `${service} wants task ${id}: stopped, it would be replaced at once`, {
    hint: `to have fewer tasks: \`orca scale ${service}=N\`; to have new ones: \`orca restart ${service}\`; to have none: \`orca stop ${service}\``,
  });
