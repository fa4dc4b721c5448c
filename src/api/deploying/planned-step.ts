import type { PlannedStep } from '../../contract/plan.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import { type Step, stepId } from '../../core/rollout/step.ts';

/** @param downtime of a slot that stops first, ms */
export const presentStep = (spec: ServiceSpec, step: Step, downtime: number): PlannedStep => ({
  id: `${spec.project}/${spec.name}/${stepId(step)}/${step.kind}`,
  kind: step.kind,
  service: spec.name,
  project: spec.project,
  slot: 'slot' in step ? step.slot : null,
  reason: step.reason,
  downtime_ms: step.kind === 'stop' ? downtime : 0,
});
