import type { EdgeContainer } from '../../core/edge/edge.ts';
import type { BridgePort, BridgeView, LockStep, Pin } from '../../core/edge/plan-lock.ts';
import { applyLock } from './apply-lock.ts';
import { findPorts } from './find-ports.ts';
import { readBridge } from './read-bridge.ts';

/** Bridges of this machine, by the kernel's own tools. Root's; safe to repeat. */
export interface Bridges {
  read(bridge: string): Promise<BridgeView>;
  /** Running containers and the ports that lead to them; those that cannot be told are left out. */
  findPorts(containers: readonly EdgeContainer[], ports: readonly BridgePort[]): Promise<readonly Pin[]>;
  apply(bridge: string, steps: readonly LockStep[]): Promise<void>;
}

export const machineBridges: Bridges = { read: readBridge, findPorts, apply: applyLock };
