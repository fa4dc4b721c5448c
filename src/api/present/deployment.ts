import type { DeploymentBody, FailureBody, ReleaseBody } from '../../contract/deployments.ts';
import type { TaskStatus, TrafficStatus } from '../../contract/status.ts';
import type { Deployment, Failure } from '../../core/model/deployment.ts';
import type { ReleaseOutcome } from '../../core/rollout/release-outcome.ts';
import type { NodeName } from '../observing/node-names.ts';

export const presentFailure = (failure: Failure, nameOf: NodeName): FailureBody => ({
  reason: failure.reason,
  task: failure.task ?? null,
  slot: failure.slot ?? null,
  node: failure.node === undefined ? null : nameOf(failure.node),
  exit_code: failure.exitCode ?? null,
  failed_requests: failure.failedRequests,
  last_log: [...failure.log],
  at: failure.at,
});

export const presentRelease = (outcome: ReleaseOutcome | undefined): ReleaseBody | null =>
  outcome ? { state: outcome.state, exit_code: outcome.exitCode ?? null, reason: outcome.reason } : null;

/**
 * @param tasks those of the revision it brings
 * @param traffic of its step, while it is a canary
 */
export const presentDeployment = (
  deployment: Deployment,
  tasks: readonly TaskStatus[],
  traffic: TrafficStatus | null,
  release: ReleaseOutcome | undefined,
  nameOf: NodeName,
): DeploymentBody => ({
  id: deployment.id,
  project: deployment.project,
  service: deployment.service,
  from: deployment.from ?? null,
  to: deployment.to,
  state: deployment.state,
  strategy: deployment.strategy,
  step: deployment.canary ? `${deployment.canary.step} of ${deployment.canary.of}` : null,
  weight: deployment.canary?.weight ?? null,
  reason: deployment.reason,
  superseded_by: deployment.supersededBy ?? null,
  tasks: [...tasks],
  traffic,
  failure: deployment.failure ? presentFailure(deployment.failure, nameOf) : null,
  release: presentRelease(release),
  last_log: [...(deployment.failure?.log ?? [])],
  started_at: deployment.startedAt,
  ended_at: deployment.endedAt ?? null,
});
