import type { ServiceStatus, TaskStatus, TrafficStatus } from '../../contract/status.ts';
import { shownImage } from '../../core/model/pushed-image.ts';
import type { Observed } from '../observing/read-services.ts';
import { presentTask } from './task.ts';

export function presentService(observed: Observed, traffic: TrafficStatus | null): ServiceStatus {
  const { service, target } = observed.sight;
  const { report } = observed;
  const { spec, image } = target;
  const failure = report.lastFailure;
  return {
    name: service.name,
    project: service.project,
    status: report.word,
    reason: report.reason,
    replicas: service.replicas,
    running_replicas: report.running ?? null,
    scaled_from: service.scaledFrom ?? null,
    image: shownImage(spec),
    digest: image?.digest ?? null,
    domain: spec.domains[0] ?? null,
    domains: [...spec.domains],
    port: spec.port ?? null,
    revision: service.revision,
    serving_revision: report.servingRevision ?? null,
    deployment: service.deployment ?? null,
    last_failure: failure
      ? { at: failure.at, reason: failure.reason, task: failure.task ?? null, exit_code: failure.exitCode ?? null }
      : null,
    traffic,
    tasks: presentTasks(observed),
    unknown: [...report.unknown],
  };
}

/** Ended tasks shown of each slot: why it was replaced last. */
const ENDED_SHOWN = 1;

export function presentTasks({ sight, report, nameOf }: Observed): TaskStatus[] {
  const ended = new Map<number, number>();
  return sight.tasks.flatMap(({ task }, index) => {
    const seen = report.tasks[index];
    if (!seen) return [];
    if (task.phase !== 'ended') return [presentTask(task, seen, nameOf)];
    const before = ended.get(task.slot) ?? 0;
    ended.set(task.slot, before + 1);
    return before < ENDED_SHOWN ? [presentTask(task, seen, nameOf)] : [];
  });
}
