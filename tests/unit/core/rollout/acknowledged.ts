import type { Routing } from '../../../../src/core/rollout/observed.ts';
import type { WorkerStatus } from '../../../../src/core/route/protocol.ts';
import { createPublished, type Published } from '../../../../src/core/route/published.ts';
import type { Pool, Table, TableId } from '../../../../src/core/route/table.ts';

/** A table of a simulated world. */
export interface Given {
  readonly id: TableId;
  readonly routed: ReadonlySet<string>;
  readonly shares: Pool['shares'];
  readonly at: number;
  /** When the last worker uses it; the first does after half of that time. */
  readonly ackedAt: number;
}

const WORKERS = [2, 1];
const KEPT = 400;

/** What a master knows of the workers that it gives its tables to, by the product's own rule; and what is so. */
export class Acknowledged {
  /** As published, the newest last. */
  tables: readonly Given[] = [];
  private published: Published = createPublished(false);
  private term = 1;

  publish(routed: ReadonlySet<string>, shares: Pool['shares'], at: number, delay: number): void {
    const id = { cluster: 'simulated', term: this.term, revision: (this.tables.at(-1)?.id.revision ?? 0) + 1 };
    this.tables = [...this.tables.slice(-KEPT), { id, routed, shares, at, ackedAt: at + delay }];
    this.published.add(tableOf(id, routed));
  }

  /** The next master remembers no table, and has published none. */
  restartMaster(): void {
    this.term += 1;
    this.published = createPublished(this.tables.length > 0);
  }

  isOwed = (): boolean => this.tables.at(-1)?.id.term !== this.term;

  /** The data plane says what its workers use. */
  hear(now: number): void {
    this.published.inUse(this.workers(now), now);
  }

  /** @param now undefined while no data plane is connected */
  routing = (task: string, now: number | undefined): Routing =>
    this.published.routing(task, now === undefined ? undefined : this.workers(now));

  isSettled = (now: number | undefined): boolean =>
    this.published.settled(now === undefined ? undefined : this.workers(now));

  /** Each that some worker may use now. */
  inUse(now: number): readonly Given[] {
    return this.tables.slice(
      Math.max(
        0,
        this.tables.findLastIndex(({ ackedAt }) => ackedAt <= now),
      ),
    );
  }

  /** When every worker had a table without it, or a later one; undefined if that is still to come. */
  goneAt(task: string): number | undefined {
    const after = this.tables.slice(this.tables.findLastIndex(({ routed }) => routed.has(task)) + 1);
    return after.length === 0 ? undefined : Math.min(...after.map(({ ackedAt }) => ackedAt));
  }

  private workers(now: number): readonly WorkerStatus[] {
    return WORKERS.map((part) => {
      const used = this.tables.findLast(({ at, ackedAt }) => at + (ackedAt - at) / part <= now);
      return { id: part, pid: part, table: used?.id ?? null, draining: false };
    });
  }
}

const tableOf = (id: TableId, routed: ReadonlySet<string>): Table => ({
  id,
  pools: [{ name: 'web', service: 'shop/web', shares: [{ weight: 1, targets: [...routed] }] }],
  routes: [{ host: 'shop.example.com', path: '/', stripPrefix: false, pool: 'web' }],
  targets: [],
});
