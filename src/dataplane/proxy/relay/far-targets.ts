import type { OtherTasks, PeerPlane, Pool } from '../../../core/route/table.ts';
import type { Tally } from '../tally.ts';
import type { Ticker } from '../ticker.ts';
import type { FarNodes } from './far-nodes.ts';
import { FarTarget } from './far-target.ts';

/** What the newest table names on other nodes. What is known of them lives on from table to table. */
export class FarTargets {
  readonly #nodes: FarNodes;
  readonly #ticker: Ticker;
  /** By pool, revision and node. */
  #known: ReadonlyMap<string, FarTarget> = new Map();
  #named = new Map<string, FarTarget>();

  constructor(nodes: FarNodes, ticker: Ticker) {
    this.#nodes = nodes;
    this.#ticker = ticker;
  }

  /** To be called with each table, before `of` is asked for what it names. */
  begin(peers: readonly PeerPlane[] | undefined): void {
    this.#nodes.use(peers);
    this.#known = this.#named;
    this.#named = new Map();
  }

  of({ node, revision, weight }: OtherTasks, pool: Pool['name'], tally: Tally): FarTarget | undefined {
    const far = this.#nodes.of(node);
    if (far === undefined) return undefined;
    const key = `${pool} ${revision} ${node}`;
    const known = this.#known.get(key);
    const target = known?.node === far ? known : new FarTarget(far, { pool, revision }, tally, this.#ticker);
    target.use(weight, tally);
    this.#named.set(key, target);
    return target;
  }

  tallies(): readonly Tally[] {
    return Array.from(this.#named.values(), ({ tally }) => tally);
  }

  /** The newest table names this node. */
  knows(node: string): boolean {
    return this.#nodes.of(node) !== undefined;
  }
}
