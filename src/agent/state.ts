import type { NodeCheck } from '../core/nodes/wire.ts';

/** What an agent tells of itself on its socket, a line of JSON, whole each time that it changes. */
export interface AgentState {
  readonly version: string;
  readonly pid: number;
  readonly id: string;
  /** As it was called when it joined. */
  readonly name: string;
  readonly cluster: string;
  /** `host:port` of the node port. */
  readonly master: string;
  /** The master is connected, and greeted it. */
  readonly up: boolean;
  /** Why it is not, as a sentence. */
  readonly problem?: string | undefined;
  /** Of a master's first container here; none yet. */
  readonly check?: NodeCheck | undefined;
}
