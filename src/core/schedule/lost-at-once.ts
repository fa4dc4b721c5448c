import { lifeOf } from '../nodes/liveness.ts';
import type { NodeView } from './node-view.ts';

export interface HeardNode extends Pick<NodeView, 'id' | 'name' | 'availability'> {
  /** When it was heard last or, if that is longer ago, its engine read: ms, on the clock of `now`; undefined: not since the master's start. */
  readonly lastHeard: number | undefined;
}

/** When this master began to listen, and now: ms on one clock that is never set. */
export interface Listening {
  readonly since: number;
  readonly now: number;
}

/** Nodes lost within so much of one another are lost at once: one cause is likelier than several. Ms. */
const AT_ONCE = 30_000;

/**
 * Nodes that were lost with more than half of all, by id, each with a sentence about it. Those that are silent for a moment
 * count as well: the first of many to be down must not be taken for the only one.
 */
export function lostAtOnce(nodes: readonly HeardNode[], { since, now }: Listening): ReadonlyMap<string, string> {
  const silent = nodes
    .filter(({ lastHeard }) => lifeOf({ now, since, lastHeard }) !== 'ready')
    .map((node) => ({ ...node, at: node.lastHeard ?? since }))
    .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  let before = nodes.length;
  const found = new Map<string, string>();
  for (const wave of wavesOf(silent)) {
    if (wave.length * 2 > before) for (const { id } of wave) found.set(id, alarmOf(wave, before));
    before -= wave.length;
  }
  return found;
}

type Silent = HeardNode & { readonly at: number };

/** The first first. */
function wavesOf(silent: readonly Silent[]): readonly (readonly Silent[])[] {
  const waves: Silent[][] = [];
  for (const node of silent) {
    const wave = waves.at(-1);
    const last = wave?.at(-1);
    if (wave && last && node.at - last.at <= AT_ONCE) wave.push(node);
    else waves.push([node]);
  }
  return waves;
}

const alarmOf = (wave: readonly Silent[], all: number): string =>
  `${wave.length} of ${all} nodes were lost at once (${wave.map(({ name }) => name).join(', ')}): nothing is moved, as the cause is probably the network or the master`;
