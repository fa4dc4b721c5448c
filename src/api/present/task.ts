import type { TaskStatus } from '../../contract/status.ts';
import { forPeople } from '../../core/clock.ts';
import type { Task } from '../../core/model/task.ts';
import type { TaskReport } from '../../core/status/task-status.ts';

export const presentTask = (task: Task, report: TaskReport): TaskStatus => ({
  id: task.id,
  slot: task.slot,
  node: task.node,
  state: report.state,
  revision: task.revision,
  health: report.health,
  routed: report.routed,
  restarts: report.restarts,
  started_at: report.startedAt === undefined ? null : forPeople(report.startedAt),
  reason: report.reason,
  exit_code: report.exitCode ?? null,
});
