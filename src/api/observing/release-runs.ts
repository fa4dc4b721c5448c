import type { Deployment } from '../../core/model/deployment.ts';
import { type ReleaseOutcome, releaseOutcome } from '../../core/rollout/release-outcome.ts';
import type { State } from '../../store/state.ts';

/** What became of the release commands of deployments, as they were read before. */
export async function readReleases(
  state: State,
  deployments: readonly Deployment[],
): Promise<(deployment: Deployment) => ReleaseOutcome | undefined> {
  // A deployment that tells how its own ended needs no task for it.
  if (deployments.every(({ release }) => release?.end !== undefined)) return (one) => releaseOutcome(one, undefined);
  const tasks = (await state.tasks.listReadable()).records.map(({ value }) => value);
  const runs = new Map(tasks.filter(({ release }) => release).map((task) => [task.deployment, task]));
  return (one) => releaseOutcome(one, runs.get(one.id));
}
