import type { LastRestart, TaskStatus } from '../../contract/status.ts';
import { forPeople } from '../../core/clock.ts';
import type { Task } from '../../core/model/task.ts';
import type { RestartReport, TaskReport } from '../../core/status/task-status.ts';
import type { NodeName } from '../observing/node-names.ts';

export const presentTask = (task: Task, report: TaskReport, nameOf: NodeName): TaskStatus => ({
  id: task.id,
  slot: task.slot,
  node: nameOf(task.node),
  state: report.state,
  revision: task.revision,
  health: report.health,
  routed: report.routed,
  kept_until: report.keptUntil ?? null,
  restarts: report.restarts,
  last_restart: report.lastRestart === undefined ? null : presentRestart(report.lastRestart),
  started_at: report.startedAt === undefined ? null : forPeople(report.startedAt),
  reason: report.reason,
  exit_code: report.exitCode ?? null,
});

const presentRestart = ({ at, reason, exitCode, oomKilled }: RestartReport): LastRestart => ({
  at,
  reason,
  exit_code: exitCode ?? null,
  oom_killed: oomKilled,
});
