import type { Pending } from '../../contract/scheduler.ts';
import type { Observed } from './read-services.ts';

/** Slots that should have a task which serves and have none, with what keeps them; of services that are not stopped. */
export const pendingOf = (observed: readonly Observed[]): readonly Pending[] => observed.flatMap(pendingIn);

function pendingIn({ sight, report }: Observed): readonly Pending[] {
  const { project, name, paused, removing, replicas } = sight.service;
  if (paused || removing) return [];
  return Array.from({ length: replicas }, (_, index) => index + 1).flatMap((slot) => {
    const tasks = sight.tasks.flatMap(({ task }, at) =>
      task.slot === slot && report.tasks[at] ? [{ task, report: report.tasks[at] }] : [],
    );
    if (tasks.some((one) => one.report.serves || one.report.state === 'stopped')) return [];
    const [live] = tasks.filter(({ task }) => task.phase === 'run');
    const reason = sight.blocked?.get(slot) ?? live?.report.reason ?? sight.deployment?.reason ?? 'it is assigned next';
    return [{ project, service: name, slot, reason }];
  });
}
