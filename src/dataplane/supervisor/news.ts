import { changeOf } from '../../core/route/list-change.ts';
import type { TargetHealth } from '../../core/route/protocol.ts';
import { isSameTable, type Table } from '../../core/route/table.ts';
import { changeBetween } from '../../core/route/table-change.ts';
import type { ToWorker } from '../worker/messages.ts';

/** What a worker was told last, and is to know. */
export interface Told {
  readonly table?: Table | undefined;
  readonly health: readonly TargetHealth[];
}

/** Of one that has just begun. */
export const NOTHING: Told = { health: [] };

/** It knows what it was told before: it is told what became otherwise. */
export function newsOf(before: Told, now: Told & { readonly table: Table }): Extract<ToWorker, { type: 'state' }> {
  const health = changeOf(before.health, now.health);
  if (!before.table) return { type: 'state', table: now.table, health };
  if (isSameTable(before.table.id, now.table.id)) return { type: 'state', health };
  return { type: 'state', change: changeBetween(before.table, now.table), health };
}
