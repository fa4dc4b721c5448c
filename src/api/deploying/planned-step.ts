import type { PlannedStep } from '../../contract/plan.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import { RELEASE_SLOT } from '../../core/rollout/slot.ts';
import { type Step, stepId } from '../../core/rollout/step.ts';

/** @param downtime of a slot that stops first, ms */
export function presentStep(spec: ServiceSpec, step: Step, downtime: number): PlannedStep {
  // That a release command is assigned a place is of no concern to who reads the plan.
  const isRelease = step.kind === 'assign' && step.slot === RELEASE_SLOT;
  const kind = isRelease ? 'release' : step.kind;
  return {
    id: `${spec.project}/${spec.name}/${stepId(step)}/${kind}`,
    kind,
    service: spec.name,
    project: spec.project,
    slot: 'slot' in step && !isRelease ? step.slot : null,
    reason: step.reason,
    downtime_ms: step.kind === 'stop' ? downtime : 0,
  };
}
