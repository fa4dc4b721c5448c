import type { NodeView } from '../schedule/node-view.ts';
import type { NodeLife } from './liveness.ts';

/** What is seen of a node, as far as it decides whether tasks may be put there. */
export interface NodeSeen {
  readonly life: NodeLife;
  /** Why its engine cannot be read; undefined if it can. */
  readonly engineDown: string | undefined;
  /** It has the network that every task is on. */
  readonly isPrepared: boolean;
  /** A container was shown to run there. */
  readonly isTried: boolean;
  /** Undefined where it is not asked for: the master starts its own. */
  readonly hasDataPlane?: boolean | undefined;
}

/**
 * Whether a node takes new tasks, by what is seen of it. Without a data plane there tasks would be started that nobody probes. Its
 * reasons are told again in each pass: nothing in them counts on.
 */
export function readinessOf(seen: NodeSeen): Pick<NodeView, 'status' | 'reason'> {
  const { life, engineDown, isPrepared, isTried, hasDataPlane = true } = seen;
  if (life !== 'ready') return { status: life };
  if (engineDown !== undefined) return { status: 'suspect' };
  if (!isPrepared) return { status: 'suspect', reason: 'its edge network is not there yet' };
  if (!isTried) return { status: 'suspect', reason: 'no container has run there yet' };
  return hasDataPlane ? { status: 'ready' } : { status: 'suspect', reason: 'its data plane is not connected' };
}
