import { applyChange } from '../../core/route/list-change.ts';
import type { TargetHealth } from '../../core/route/protocol.ts';
import type { Table } from '../../core/route/table.ts';
import { applyTableChange } from '../../core/route/table-change.ts';
import type { ToWorker } from './messages.ts';

/** What a worker was told by its supervisor, whole again. */
export interface ToldState {
  /** Undefined until there is one. */
  table(): Table | undefined;
  health(): readonly TargetHealth[];
  /** Returns true if it brought another table. */
  take(message: Extract<ToWorker, { type: 'state' }>): boolean;
}

export function createToldState(): ToldState {
  let table: Table | undefined;
  let health: readonly TargetHealth[] = [];

  return {
    table: () => table,
    health: () => health,
    take(message) {
      const changed = message.change && table && applyTableChange(table, message.change);
      const next = message.table ?? changed;
      health = sure(applyChange(health, message.health));
      if (message.change) sure(changed);
      if (next) table = next;
      return next !== undefined;
    },
  };
}

/** One that does not know where it stands is of no use: it ends, and is replaced. */
function sure<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('what the supervisor tells has no beginning');
  return found;
}
