import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from '../../../../src/dataplane/proxy/options.ts';
import { createPool, type Pool } from '../../../../src/dataplane/supervisor/pool.ts';
import { createLogger } from '../../../../src/telemetry/log.ts';

/** Longer than one argument of a program may be: the system refuses to start it. */
const TOO_LONG = 'x'.repeat(1 << 20);

const WORKER = `
process.on('message', ({ type }) => type === 'ping' && process.send({ type: 'pong' }));
process.on('disconnect', () => process.exit(0));
process.send({ type: 'loaded' });
`;

/** A pool of two real processes that answer pings and do nothing else. */
function setUp(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'orca-pool-'));
  const entry = join(dir, 'worker.mjs');
  writeFileSync(entry, WORKER);
  const logged: string[] = [];
  const machine = { data: dir };
  const pool = createPool({
    size: 2,
    entry,
    get data() {
      return machine.data;
    },
    user: undefined,
    httpFd: undefined,
    settings: {
      limits: DEFAULT_LIMITS,
      timeouts: DEFAULT_TIMEOUTS,
      trustedProxies: [],
      accessLog: false,
      listens: false,
    },
    patience: 1000,
    log: createLogger({ level: 'error', destination: { write: (line) => logged.push(line) } }),
    now: Date.now,
    canStart: () => true,
    isLookedAfter: () => true,
    onMessage: () => {},
    onStatus: () => {},
    onDeath: () => {},
    onStuck: () => assert.fail(),
  });
  const program = process.execPath;
  t.after(async () => {
    process.execPath = program;
    await pool.stop(0);
    rmSync(dir, { recursive: true, force: true });
  });
  return { pool, machine, logged };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; !holds(); i += 1) {
    assert.ok(i < 2000, `not within 20 s: ${what}`);
    await sleep(10);
  }
}

const pidsOf = (pool: Pool): readonly number[] => pool.status().map(({ pid }) => pid);

/** Ends one, and waits until starting another has failed three times. */
async function loseOne(pool: Pool, logged: readonly string[]): Promise<number> {
  const [lost = 0, other = 0] = pidsOf(pool);
  process.kill(lost, 'SIGKILL');
  await until('given up three times', () => logged.filter((line) => line.includes('could not be started')).length > 2);
  assert.deepEqual(pidsOf(pool), [other], 'what never ran is no worker');
  return other;
}

const CAUSES: Readonly<Record<string, (machine: { data: string }) => () => void>> = {
  'told later, as the lack of processes is': () => {
    const program = process.execPath;
    process.execPath = '/nowhere/node';
    return () => {
      process.execPath = program;
    };
  },
  'told at once, as the lack of memory is': (machine) => {
    const { data } = machine;
    machine.data = TOO_LONG;
    return () => {
      machine.data = data;
    };
  },
};

for (const [how, cause] of Object.entries(CAUSES)) {
  test(`a worker that cannot be started, ${how}, is tried until it can`, async (t) => {
    const { pool, machine, logged } = setUp(t);
    const heal = cause(machine);
    const other = await loseOne(pool, logged);
    heal();
    await until('two again', () => pidsOf(pool).length === 2);
    assert.ok(pidsOf(pool).includes(other), 'the one that ran runs on');
    process.kill(other, 'SIGSTOP');
    await until('one that hangs is found as before', () => pidsOf(pool).length === 2 && !pidsOf(pool).includes(other));
  });
}

test('a pool that lacks a worker ends', async (t) => {
  const { pool, machine, logged } = setUp(t);
  machine.data = TOO_LONG;
  const other = await loseOne(pool, logged);
  const ended = pool.stop(0);
  process.kill(other, 'SIGKILL');
  await ended;
  assert.deepEqual(pool.status(), []);
});
