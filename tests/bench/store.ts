/** Prints what the store does on this disk, as JSON: `node tests/bench/store.ts [directory]`. Asserts nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Store } from '../../src/store/contract.ts';
import { openStore } from '../../src/store/open.ts';

const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'orca-bench-'));
const store = await openStore(`file:${join(directory, 'orca.db')}`);
const value = JSON.stringify({ text: 'v'.repeat(200) });
const loop = monitorEventLoopDelay({ resolution: 1 });

const alone = await rate(1, 1000, write);
loop.enable();
const together = await rate(64, 20_000, write);
loop.disable();
const reads = await rate(16, 20_000, async (store, n) => void (await store.get(key(n))));
const pages = await rate(4, 200, async (store) => void (await store.range({ prefix: 'k/', limit: 500 })));
const began = performance.now();
await store.close();
const opening = performance.now();
await (await openStore(`file:${join(directory, 'orca.db')}`)).close();

console.log(
  JSON.stringify({
    commitsPerSecond: { '1 writer': alone, '64 writers': together },
    readsPerSecond: reads,
    pagesOf500PerSecond: pages,
    mainThreadDelayMs: {
      '99 %': round(loop.percentile(99) / 1e6),
      '99.9 %': round(loop.percentile(99.9) / 1e6),
      max: round(loop.max / 1e6),
    },
    closeMs: round(opening - began),
    openVerifyCloseMs: round(performance.now() - opening),
  }),
);
rmSync(directory, { recursive: true });

async function rate(callers: number, calls: number, call: (store: Store, n: number) => Promise<void>): Promise<number> {
  const start = performance.now();
  let next = 0;
  const caller = async () => {
    while (next < calls) await call(store, next++);
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return Math.round((calls / (performance.now() - start)) * 1000);
}

async function write(store: Store, n: number): Promise<void> {
  await store.txn({ then: [{ put: key(n), value }] });
}

function key(n: number): string {
  return `k/${n % 1000}`;
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
