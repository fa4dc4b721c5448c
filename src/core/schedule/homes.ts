import type { Node } from '../model/node.ts';
import { lifeOf } from '../nodes/liveness.ts';
import type { Home } from './fate.ts';
import { type Listening, lostAtOnce } from './lost-at-once.ts';

/** A node as it was heard and read last: ms, on the clock of `Listening`. */
export interface SeenHome {
  readonly node: Pick<Node, 'id' | 'name' | 'availability' | 'labels'>;
  /** Undefined: not since the master's start. */
  readonly lastHeard: number | undefined;
  /** When its engine could be read last, as far as it could have been. */
  readonly lastRead: number;
}

export interface FoundHomes {
  /** By the node's id. */
  readonly homes: ReadonlyMap<string, Home>;
  /** So many nodes were lost at once that nothing of them is moved: a sentence each. */
  readonly alarms: readonly string[];
}

/** What the nodes are to the tasks on them. Pure. */
export function findHomes(nodes: readonly SeenHome[], listening: Listening): FoundHomes {
  const lost = lostAtOnce(
    nodes.map(({ node, lastHeard, lastRead }) => ({ ...node, lastHeard: earlier(lastHeard, lastRead) })),
    listening,
  );
  const isDown = (lastHeard: number | undefined) => lifeOf({ ...listening, lastHeard }) === 'down';
  // On an only node nothing could be moved.
  const isMute = (lastRead: number) => nodes.length > 1 && isDown(lastRead);
  const homes = nodes.map(({ node, lastHeard, lastRead }): Home => {
    const { id, name, availability, labels = {} } = node;
    const [down, mute] = [isDown(lastHeard), isMute(lastRead)];
    // It is about what is down or mute: those that are so only for a moment were counted with them.
    const alarm = down || mute ? lost.get(id) : undefined;
    return {
      ...{ id, name, availability, labels },
      isDown: down,
      ...(mute && !down && { isMute: true }),
      ...(alarm !== undefined && { alarm }),
    };
  });
  return {
    homes: new Map(homes.map((home) => [home.id, home])),
    alarms: [...new Set(homes.flatMap(({ alarm }) => alarm ?? []))],
  };
}

const earlier = (heard: number | undefined, read: number): number | undefined =>
  heard === undefined ? undefined : Math.min(heard, read);

/** There is no record of it, and none that cannot be read. */
export const goneHome = (id: string): Home => ({
  ...{ id, name: id, availability: 'active', labels: {} },
  isDown: true,
  isGone: true,
});
