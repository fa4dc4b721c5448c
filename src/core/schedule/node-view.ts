import type { Node } from '../model/node.ts';

/** A node as placing sees it. */
export interface NodeView extends Pick<Node, 'id' | 'name' | 'availability'> {
  readonly labels: Readonly<Record<string, string>>;
  readonly status: NodeStatus;
  /** Undefined while nobody knows it: nothing is refused for it then. */
  readonly capacity?: Capacity | undefined;
}

/** `suspect`: not heard of for a moment. `down`: for so long that its tasks may be started elsewhere. */
export type NodeStatus = 'ready' | 'suspect' | 'down';

/** Of the whole machine. */
export interface Capacity {
  /** Bytes. */
  readonly memory: number;
  /** Cores. */
  readonly cpu: number;
}
