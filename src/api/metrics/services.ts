import type { Deployment } from '../../core/model/deployment.ts';
import type { Labels } from '../../telemetry/exposition.ts';
import { canaryShares } from '../observing/canary-shares.ts';
import type { Observed } from '../observing/read-services.ts';
import { counted, flag, type Samples, sample } from './samples.ts';

/** Words that stand for something that goes on: a task that has ended is history. */
export const LIVE_STATES: readonly string[] = ['assigned', 'starting', 'running', 'stopping'];

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
        report.tasks.map(({ state }) => state).filter((state) => LIVE_STATES.includes(state)),
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
    orca_canary_share_ratio: deployments.flatMap((one) =>
      Array.from(canaryShares(one), ([revision, share]) =>
        sample(share, { ...labelsOf({ project: one.project, name: one.service }), revision: String(revision) }),
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

const labelsOf = ({ project, name }: { readonly project: string; readonly name: string }): Labels => ({
  project,
  service: name,
});
