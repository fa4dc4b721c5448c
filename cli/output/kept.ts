import type { TaskStatus } from '../../src/contract/status.ts';
import { count } from './words.ts';

/** `17:40`, of the clock of whoever reads it. */
export const timeOfDay = (at: number): string =>
  [new Date(at).getHours(), new Date(at).getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');

/** A line for each revision of which a set is kept, ready to be switched back to. */
export function keptLines(tasks: readonly TaskStatus[]): string[] {
  const kept = tasks.filter(({ kept_until }) => typeof kept_until === 'number');
  return [...Map.groupBy(kept, ({ revision }) => revision)].map(([revision, those]) => {
    const until = Math.max(...those.map(({ kept_until }) => kept_until ?? 0));
    return `${count(those.length, 'task')} of revision ${revision} kept until ${timeOfDay(until)}: \`orca rollback --to ${revision}\` switches back at once`;
  });
}
