import { changeOf } from '../../core/route/list-change.ts';
import type { FromDataPlane } from '../../core/route/protocol.ts';

/** Who takes changes is told, of the lists that are long, what is new since it was told last on the same connection. */
export interface ToldLists {
  /** What is sent of a message; undefined where there is nothing new. */
  next(message: FromDataPlane): FromDataPlane | undefined;
}

export function createToldLists(): ToldLists {
  let health: Lists['health'] | undefined;
  let stats: Lists['stats'] | undefined;

  return {
    next(message) {
      if (message.type === 'health' && message.at !== undefined) {
        const change = health && changeOf(health, message.targets);
        health = message.targets;
        return change ? ifAny({ type: 'health-change', change, at: message.at }) : message;
      }
      if (message.type === 'stats') {
        const change = stats && changeOf(stats, message.targets);
        stats = message.targets;
        return change ? ifAny({ type: 'stats-change', change }) : message;
      }
      return message;
    },
  };
}

interface Lists {
  readonly health: Extract<FromDataPlane, { type: 'health' }>['targets'];
  readonly stats: Extract<FromDataPlane, { type: 'stats' }>['targets'];
}

type Changed = Extract<FromDataPlane, { type: 'health-change' | 'stats-change' }>;

const ifAny = (message: Changed): Changed | undefined => (message.change.length > 0 ? message : undefined);
