import { READY_WITHOUT_PORT } from '../model/ready.ts';
import { isReachable, passesCommand, type RoutedTask } from '../route/build-table.ts';

/** It runs, and is ready as far as others than the data plane say so. */
export function isUp(one: RoutedTask, now: number): boolean {
  const at = readyAt(one);
  return isReachable(one) && passesCommand(one) && passesOwnCheck(one) && (at === undefined || at <= now);
}

/** Where the service says nothing of its own the HEALTHCHECK of its image speaks. */
const ownCheck = ({ spec, container }: RoutedTask) =>
  spec.port === undefined && spec.health === undefined ? container?.check : undefined;

const passesOwnCheck = (one: RoutedTask): boolean => (ownCheck(one)?.status ?? 'healthy') === 'healthy';

/** Of a task that nobody probes, and that was started again since it was found ready. */
export function readyAt(one: RoutedTask): number | undefined {
  const { task, spec, container } = one;
  const isChecked = spec.port !== undefined || spec.health?.command !== undefined || ownCheck(one) !== undefined;
  if (isChecked || container?.state !== 'running') return undefined;
  if (task.routedStart !== undefined && task.routedStart === container.startedAt) return undefined;
  return container.startSeenAt === undefined ? undefined : container.startSeenAt + READY_WITHOUT_PORT;
}
