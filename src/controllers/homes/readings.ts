import { type Hearing, lifeOf } from '../../core/nodes/liveness.ts';
import type { World } from '../world.ts';

/** When the engines of nodes were readable last. */
export interface Readings {
  /**
   * Ms on the clock of `heard`. Only what could have been read counts: while the node itself is not heard, and when it is met first,
   * its engine is taken to be there.
   */
  of(node: string, heard: Hearing): number;
  /** All others are forgotten. */
  retain(nodes: readonly string[]): void;
}

export function createReadings(world: Pick<World, 'engineDown'>): Readings {
  const last = new Map<string, number>();
  return {
    of(node, heard) {
      const isMute = world.engineDown(node) !== undefined && lifeOf(heard) === 'ready';
      const at = (isMute ? last.get(node) : undefined) ?? heard.now;
      last.set(node, at);
      return at;
    },
    retain(nodes) {
      for (const node of last.keys()) if (!nodes.includes(node)) last.delete(node);
    },
  };
}
