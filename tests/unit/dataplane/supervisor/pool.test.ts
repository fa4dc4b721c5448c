import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLocalNursery } from '../../../../src/dataplane/nursery/local.ts';
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from '../../../../src/dataplane/proxy/options.ts';
import { createPool, type Pool } from '../../../../src/dataplane/supervisor/pool.ts';
import { createLogger } from '../../../../src/telemetry/log.ts';

/** Longer than one argument of a program may be: the system refuses to start it. */
const TOO_LONG = 'x'.repeat(1 << 20);

/** Answers pings, and says SAYS at a signal. */
const WORKER = `
import { Socket } from 'node:net';
const channel = new Socket({ fd: 3 });
const send = (message) => channel.write(JSON.stringify(message) + '\\n');
channel.on('data', (text) => {
  for (const line of String(text).split('\\n').filter(Boolean)) if (JSON.parse(line).type === 'ping') send({ type: 'pong' });
});
channel.on('close', () => process.exit(0));
process.on('SIGUSR2', () => send(SAYS));
send({ type: 'loaded' });
`;

/** A pool of two real processes. */
function setUp(t: TestContext, says: object = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'orca-pool-'));
  const entry = join(dir, 'worker.mjs');
  writeFileSync(entry, WORKER.replace('SAYS', JSON.stringify(says)));
  const logged: string[] = [];
  const machine = { data: dir };
  const pool = createPool({
    size: 2,
    resolves: false,
    nursery: (events) => {
      const entries = { proxy: entry, resolver: entry };
      const data = { get: () => machine.data, enumerable: true };
      const options = Object.defineProperty(
        { entries, data: '', user: undefined, httpFd: undefined, names: undefined },
        'data',
        data,
      );
      return { ...createLocalNursery(options, events), canStart: () => true };
    },
    settings: () => ({
      limits: DEFAULT_LIMITS,
      timeouts: DEFAULT_TIMEOUTS,
      trustedProxies: [],
      accessLog: false,
      listens: false,
    }),
    patience: 1000,
    log: createLogger({ level: 'error', destination: { write: (line) => logged.push(line) } }),
    now: Date.now,
    isLookedAfter: () => true,
    onMessage: () => {},
    onStatus: () => {},
    onDeath: () => {},
    onLines: () => {},
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
    assert.ok(i < 18_000, `not within 180 s: ${what}`);
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

const id = { cluster: 'c', term: 1, revision: 7 };
const LIES: Readonly<Record<string, object>> = {
  'a table that it was not told of': { type: 'using', table: id, targets: [] },
  'counters that are none': { type: 'stats', targets: [{ task: 'a', inflight: 'many' }] },
  'nothing known': { type: 'stop', grace: 0 },
};

for (const [what, lie] of Object.entries(LIES)) {
  test(`a worker that tells of ${what} is not believed, and is replaced`, async (t) => {
    const { pool, logged } = setUp(t, lie);
    await until('both answer', () => pidsOf(pool).length === 2);
    const [liar = 0, other = 0] = pidsOf(pool);
    await until('it listens', () => catches(liar));
    process.kill(liar, 'SIGUSR2');
    await until('replaced', () => pidsOf(pool).length === 2 && !pidsOf(pool).includes(liar));
    assert.ok(pidsOf(pool).includes(other));
    assert.deepEqual(
      pool.status().map(({ table }) => table),
      [null, null],
    );
    assert.ok(logged.some((line) => line.includes('a worker says what no worker says')));
  });
}

/** Whether a process handles SIGUSR2, the 12th. */
const catches = (pid: number): boolean => {
  const mask = /^SigCgt:\t(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${mask}`) & (1n << 11n)) !== 0n;
};
