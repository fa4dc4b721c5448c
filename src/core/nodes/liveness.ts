export type NodeLife = 'ready' | 'suspect' | 'down';

/** Silent for so long, ms: nothing new is placed there. */
export const SUSPECT_AFTER = 6_000;
/** Silent for so long: it counts as gone. */
export const DOWN_AFTER = 10_000;
/** After its start a master hears from nodes that are up within seconds: until then silence says nothing. */
export const NONE_DOWN_FOR = 30_000;

export interface Hearing {
  /** All three: ms on one clock that is never set. */
  readonly now: number;
  /** When this master began to listen. */
  readonly since: number;
  /** Undefined: nothing yet. */
  readonly lastHeard: number | undefined;
}

/** How a node is, by how long nothing was heard of it. */
export function lifeOf({ now, since, lastHeard }: Hearing): NodeLife {
  const silent = now - Math.max(lastHeard ?? since, since);
  if (silent < SUSPECT_AFTER) return lastHeard === undefined ? 'suspect' : 'ready';
  return silent < DOWN_AFTER || now - since < NONE_DOWN_FOR ? 'suspect' : 'down';
}

/** Why, as a sentence. @param why the connection was lost, as a clause */
export function reasonOf(life: NodeLife, { now, since, lastHeard }: Hearing, why: string | undefined): string | null {
  if (life === 'ready') return null;
  const silent = Math.round((now - (lastHeard ?? since)) / 1000);
  const heard =
    lastHeard === undefined
      ? `not connected since the master started ${silent} s ago`
      : `nothing heard for ${silent} s`;
  return why === undefined ? heard : `${heard}: ${why}`;
}
