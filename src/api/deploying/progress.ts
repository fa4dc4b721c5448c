import type { ProgressLine } from '../../contract/progress.ts';
import type { Deployment } from '../../core/model/deployment.ts';
import type { Observed } from '../observing/read-services.ts';
import { presentTask } from '../present/task.ts';
import { type Admitted, deploymentOf } from './outcome.ts';

export type Line = Exclude<ProgressLine, { readonly type: 'result' }>;

/** What was decided about each service. */
export const admittedLine = (admitted: Admitted, at: number): Line => ({
  type: 'service',
  at,
  project: admitted.spec.project,
  service: admitted.spec.name,
  action: admitted.admission?.action ?? 'refused',
  deployment: deploymentOf(admitted)?.id ?? null,
  reason: admitted.admission?.reason ?? admitted.refusal?.message ?? '',
  warnings: [...admitted.warnings],
});

/** Turns what is seen into the lines that are news since the last time. */
export interface News {
  ofDeployment(deployment: Deployment, at: number): readonly Line[];
  ofTasks(deployment: Deployment, observed: Observed, at: number): readonly Line[];
}

export function createNews(): News {
  const told = new Map<string, string>();

  /** The line, unless it is the same as the last of its key. */
  function news(key: string, line: Line): readonly Line[] {
    const text = JSON.stringify({ ...line, at: 0 });
    if (told.get(key) === text) return [];
    told.set(key, text);
    return [line];
  }

  return {
    ofDeployment({ id, project, service, state, failure, reason, pulling }, at) {
      return news(`${id}`, {
        type: 'deployment',
        at,
        project,
        service,
        deployment: id,
        state,
        failing: failure !== undefined,
        reason,
        pull: pulling && state === 'running' && !failure ? { done: pulling.done, total: pulling.total ?? null } : null,
      });
    },
    ofTasks({ id, project, service, startedAt }, { sight, report, nameOf }, at) {
      return sight.tasks.flatMap(({ task }, index) => {
        const seen = report.tasks[index];
        if (!seen || (task.end && task.end.at < startedAt)) return [];
        return news(task.id, {
          type: 'task',
          at,
          project,
          service,
          deployment: id,
          task: presentTask(task, seen, nameOf),
        });
      });
    },
  };
}
