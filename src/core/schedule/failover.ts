import type { ServiceKey } from '../model/service.ts';
import { lifeOf } from '../nodes/liveness.ts';
import { type HeardNode, type Listening, lostAtOnce } from './lost-at-once.ts';
import type { Wanted } from './wanted.ts';
import { whatHolds } from './what-holds.ts';

/** A task that should run. */
export interface PlacedTask {
  readonly wanted: Wanted;
  readonly slot: number;
  /** Id of its node. */
  readonly node: string;
  /** What becomes of it when its node is lost. */
  readonly whenLost: 'replace' | 'wait';
}

export interface FailoverInput extends Listening {
  readonly nodes: readonly HeardNode[];
  readonly tasks: readonly PlacedTask[];
}

export interface Failover {
  /** Slots that get a task on another node: `place` says which. In order of service and slot. */
  readonly replace: readonly Affected[];
  /** Slots whose node is down, and that stay there. */
  readonly waiting: readonly Affected[];
  /** To be told to people: so many nodes were lost at once that nothing of them is moved. */
  readonly alarms: readonly string[];
}

export interface Affected {
  readonly service: ServiceKey;
  readonly slot: number;
  /** Id of the node that is lost. */
  readonly node: string;
  readonly why: string;
}

/**
 * Whose tasks are started elsewhere. Decided by what was heard and when alone, so each pass says the same until something is
 * heard. A node that a user keeps in maintenance is taken to come back.
 */
export function failover({ nodes, tasks, ...listening }: FailoverInput): Failover {
  const alarms = lostAtOnce(nodes, listening);
  const down = new Map(
    nodes.filter(({ lastHeard }) => lifeOf({ ...listening, lastHeard }) === 'down').map((node) => [node.id, node]),
  );
  const [replace, waiting]: [Affected[], Affected[]] = [[], []];
  for (const task of [...tasks].sort(byService)) {
    const node = down.get(task.node);
    if (!node) continue;
    const held = alarms.get(node.id) ?? whatKeeps(task, node);
    const why = `${node.name} is down${held === undefined ? '' : `: ${held}`}`;
    const affected = { service: task.wanted.service, slot: task.slot, node: node.id, why };
    (held === undefined ? replace : waiting).push(affected);
  }
  return { replace, waiting, alarms: [...new Set(alarms.values())] };
}

function whatKeeps({ wanted, slot, whenLost }: PlacedTask, node: HeardNode): string | undefined {
  if (node.availability === 'maintenance') return 'it is in maintenance';
  if (whenLost === 'wait') return '`when_lost` is wait';
  const held = whatHolds(wanted, node);
  if (held !== undefined || wanted.alone === undefined) return held;
  return `${wanted.name}.${slot} may still run there, and two tasks cannot have the ${wanted.alone} at once`;
}

const byService = (a: PlacedTask, b: PlacedTask): number =>
  a.wanted.service === b.wanted.service ? a.slot - b.slot : a.wanted.service < b.wanted.service ? -1 : 1;
