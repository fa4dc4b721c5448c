import { applyChange } from '../../core/route/list-change.ts';
import type { FromDataPlane } from '../../core/route/protocol.ts';

type Changed = Extract<FromDataPlane, { type: 'health-change' | 'stats-change' }>;
type Whole = Exclude<FromDataPlane, Changed>;

/** The long lists that a data plane tells, whole again: what stayed is the same object as before. For one connection. */
export interface HeardLists {
  /** Undefined for a change of what was never told. */
  whole(message: FromDataPlane): Whole | undefined;
}

export function createHeardLists(): HeardLists {
  let health: Extract<Whole, { type: 'health' }> | undefined;
  let stats: Extract<Whole, { type: 'stats' }> | undefined;

  const take = (message: Whole): Whole => {
    if (message.type === 'health') health = message;
    if (message.type === 'stats') stats = message;
    return message;
  };

  return {
    whole(message) {
      if (message.type === 'health-change') {
        const targets = health && applyChange(health.targets, message.change);
        return targets && take({ type: 'health', targets, at: message.at });
      }
      if (message.type === 'stats-change') {
        const targets = stats && applyChange(stats.targets, message.change);
        return targets && take({ type: 'stats', targets });
      }
      return take(message);
    },
  };
}
