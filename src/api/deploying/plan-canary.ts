import type { Plan, PlannedService } from '../../contract/plan.ts';
import { diffSpecs } from '../../core/model/spec-diff.ts';
import type { Task } from '../../core/model/task.ts';
import type { Admission } from '../../core/rollout/admit.ts';
import type { Forecast, ForecastInput } from '../../core/rollout/forecast.ts';
import type { Decision, Steered } from '../../core/rollout/steer-canary.ts';
import { undoneReleases } from '../../core/rollout/undone.ts';
import { tasksFor } from '../../core/strategy/canary.ts';
import { presentStep } from './planned-step.ts';
import type { Prepared } from './prepare.ts';
import { warningOf } from './warning.ts';

/** An admission that writes something. */
export type Rollout = Exclude<Admission, { readonly action: 'none' | 'join' }>;

/** What each step brings; null where the revision goes straight through. */
export function plannedCanary(
  { deployment, revision, service }: Rollout,
  { steps }: Forecast,
): PlannedService['canary'] {
  const { canary } = revision.spec.deploy;
  if (!canary || !deployment.canary || steps.some(({ kind }) => kind === 'go-through')) return null;
  return {
    by: canary.name === undefined ? canary.by : `${canary.by} ${canary.name}`,
    steps: canary.steps.map((weight) => ({ weight, tasks: tasksFor(weight, service.replicas) })),
  };
}

/** Who asked for a canary is told where there will be none. */
export function throughWarning({ spec, rollbackOf }: Prepared, admission: Rollout, ahead: Forecast): readonly string[] {
  if (spec.deploy.strategy !== 'canary' || rollbackOf !== undefined || plannedCanary(admission, ahead)) return [];
  const through = ahead.steps.find(({ kind }) => kind === 'go-through');
  const why = through?.reason ?? NO_TRIAL;
  return [warningOf(spec, `the new revision gets all requests at once: ${why}`)];
}

const NO_TRIAL = 'nothing serves that it could be tried beside, or no container changes';

/** A canary as it stands, and as it is once it is taken back. */
export interface Reverting {
  readonly steered: Steered;
  readonly decision: Decision;
}

export const revertInput = (
  { steered: { from, target }, decision: { service, deployment } }: Reverting,
  tasks: readonly Task[],
): ForecastInput => ({ service, from, to: from ?? target, replicas: service.replicas, tasks, deployment });

export function revertPlan({ steered, decision }: Reverting, ahead: Forecast): Omit<Plan, 'hash'> {
  const { target, from = target } = steered;
  const { spec } = from;
  const undone = undoneReleases(from, target.number, [from, target]);
  return {
    services: [
      {
        name: spec.name,
        project: spec.project,
        action: 'update',
        reason: decision.reason,
        diff: diffSpecs(target.spec, spec),
        placement: [],
        refused: [],
        strategy: 'canary',
        second_set: null,
        canary: null,
        downtime_ms: ahead.downtime,
      },
    ],
    steps: ahead.steps.map((step) => presentStep(spec, step, ahead.downtime)),
    pull: [],
    volumes: [],
    warnings: undone === undefined ? [] : [warningOf(spec, undone)],
    kept: [],
    errors: [],
  };
}
