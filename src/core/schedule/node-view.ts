import type { Node } from '../model/node.ts';
import type { NodeLife } from '../nodes/liveness.ts';

/** A node as placing sees it. */
export interface NodeView extends Pick<Node, 'id' | 'name' | 'availability'> {
  readonly labels: Readonly<Record<string, string>>;
  readonly status: NodeLife;
  /** Why it is not ready, as a sentence, where it is not that it does not answer. */
  readonly reason?: string | undefined;
  /** Why requests that come in elsewhere do not reach it, a clause; undefined if they do, or it is itself where they come in. */
  readonly unserved?: string | undefined;
  /** Undefined while nobody knows it: nothing is refused for it then. */
  readonly capacity?: Capacity | undefined;
}

/** Of the whole machine. */
export interface Capacity {
  /** Bytes. */
  readonly memory: number;
  /** Cores. */
  readonly cpu: number;
}
