import { TASK_STATES } from '../../contract/status.ts';
import { DEPLOYMENT_STATES, type Deployment } from '../../core/model/deployment.ts';
import { SERVICE_WORDS } from '../../core/status/words.ts';
import type { Labels, Sample } from '../../telemetry/exposition.ts';
import type { Observed } from '../observing/read-services.ts';
import { flag, type Samples, sample } from './samples.ts';

/** Words that stand for something that goes on: a task that has ended is history. */
const LIVE_STATES: ReadonlySet<string> = new Set(['assigned', 'starting', 'running', 'stopping']);

/** What is observed of services, and on record of their deployments. */
export function serviceSamples(observed: readonly Observed[], deployments: readonly Deployment[]): Samples {
  const all = observed.map((one) => ({ ...one, labels: labelsOf(one.sight.service) }));
  return {
    orca_services: all.map(({ report, labels }) => sample(1, { status: report.word, ...labels })),
    orca_replicas_wanted: all.map(({ sight, labels }) => sample(sight.service.replicas, labels)),
    // None of a service of which nobody knows: an absent value is no 0.
    orca_replicas_running: all.flatMap(({ report: { running }, labels }) =>
      running === undefined ? [] : [sample(running, labels)],
    ),
    orca_tasks: all.flatMap(({ report, labels }) =>
      counted(
        'state',
        report.tasks.map(({ state }) => state).filter((state) => LIVE_STATES.has(state)),
        labels,
      ),
    ),
    ...deploymentSamples(deployments),
  };
}

function deploymentSamples(deployments: readonly Deployment[]): Samples {
  const byService = Map.groupBy(deployments, ({ project, service }) => `${project}/${service}`);
  const each = [...byService.values()].flatMap((all) => {
    const [first] = all;
    return first ? [{ all, labels: labelsOf({ project: first.project, name: first.service }) }] : [];
  });
  return {
    orca_deployments: each.flatMap(({ all, labels }) =>
      counted(
        'state',
        all.map(({ state }) => state),
        labels,
      ),
    ),
    orca_last_deployment_failed: each.map(({ all, labels }) => flag(hasFailed(all), labels)),
  };
}

/** Who superseded another had no outcome of its own to tell. */
function hasFailed(deployments: readonly Deployment[]): boolean {
  const newest = deployments
    .filter(({ state }) => state === 'succeeded' || state === 'failed' || state === 'rolled-back')
    .reduce<Deployment | undefined>((a, b) => (a && a.id > b.id ? a : b), undefined);
  return newest !== undefined && newest.state !== 'succeeded';
}

function counted(label: string, values: readonly string[], labels: Labels): readonly Sample[] {
  const groups = Map.groupBy(values, (value) => value);
  return Array.from(groups, ([value, all]) => sample(all.length, { [label]: value, ...labels }));
}

const labelsOf = ({ project, name }: { readonly project: string; readonly name: string }): Labels => ({
  project,
  service: name,
});

/** So that the sums of all have a value for each word, though nothing is so now. */
export const NONE_OF_EACH: Samples = {
  orca_services: SERVICE_WORDS.map((status) => sample(0, { status })),
  orca_replicas_wanted: [sample(0)],
  orca_replicas_running: [sample(0)],
  orca_tasks: TASK_STATES.filter((state) => LIVE_STATES.has(state)).map((state) => sample(0, { state })),
  orca_deployments: DEPLOYMENT_STATES.map((state) => sample(0, { state })),
  orca_last_deployment_failed: [sample(0)],
};
