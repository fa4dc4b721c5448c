import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createEdgeLock } from '../../../src/controllers/edge-lock.ts';
import { engineTime } from '../../../src/core/clock.ts';
import type { BridgeView } from '../../../src/core/edge/plan-lock.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import type { ObservedContainer } from '../../../src/core/model/container.ts';
import type { Bridges } from '../../../src/node/edge/bridges.ts';
import { createLockEdge } from '../../../src/node/edge/lock-edge.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { until } from '../../lab/until.ts';
import { emptyWorld, openState, task } from './support/shop.ts';

const NAME = 'br-0123456789ab';
const EMPTY: BridgeView = { hasIpv6: false, neighbours: [], ports: [], pins: [] };
const web = task({ id: 'web-1', address: '10.208.0.2' });
const running: ObservedContainer = {
  id: 'c-web-1',
  name: 'web-1',
  labels: {},
  state: 'running',
  startedAt: engineTime(1),
  startSeenAt: 1,
  stateSince: 1,
  oomKilled: false,
  restarts: 0,
  address: web.address,
  hardware: '02:42:0a:d0:00:02',
};

async function begin(
  t: TestContext,
  bridges: Partial<Bridges>,
  containers: () => readonly ObservedContainer[] | undefined = () => [],
) {
  const state = await openState(t);
  await state.store.txn({ then: [state.tasks.put(web)] });
  const applied: string[] = [];
  const lock = createEdgeLock({
    state,
    own: 'local',
    world: { ...emptyWorld, containers },
    lock: createLockEdge({
      read: async () => EMPTY,
      findPorts: async () => [],
      apply: async (name, steps) => void applied.push(...steps.map(({ kind }) => `${name} ${kind}`)),
      ...bridges,
    }),
    bridge: () => NAME,
    clock: { now: () => 0 },
    steady: () => performance.now(),
    log: createLogger({ level: 'silent' }),
  });
  const ending = new AbortController();
  const run = lock.run(ending.signal);
  t.after(async () => {
    ending.abort();
    await run;
  });
  lock.notice();
  return { lock, applied };
}

test('the address of a task is locked before its container is there; only the edge is touched', async (t) => {
  const { applied } = await begin(t, {});
  await until('a step', () => applied.length > 0);
  assert.deepEqual(new Set(applied), new Set([`${NAME} neighbour`]));
});

test('while the engine cannot be read nothing is taken back', async (t) => {
  let asked = 0;
  const { lock, applied } = await begin(t, {}, () => {
    asked += 1;
    return undefined;
  });
  await until('a pass', () => asked === 1);
  lock.notice();
  await until('the pass after it', () => asked === 2);
  assert.deepEqual(applied, []);
});

test('orca goes on without the tool that it needs, says so, and no more once it is there', async (t) => {
  let missing = true;
  const read = async (): Promise<BridgeView> => {
    if (missing) throw new OrcaError('unavailable', 'bridge is not installed');
    return { ...EMPTY, neighbours: [{ address: web.address, hardware: '02:42:0a:d0:00:02' }] };
  };
  const { lock } = await begin(t, { read });
  await until('the problem to be told', () => lock.problem() === 'bridge is not installed');
  missing = false;
  lock.notice();
  await until('the problem to be gone', () => lock.problem() === undefined);
});

test('a running container whose port is not found is told, the others being locked all the same', async (t) => {
  const neighbours = [{ address: web.address, hardware: running.hardware ?? '' }];
  let applied = false;
  const { lock } = await begin(
    t,
    {
      read: async () => (applied ? { ...EMPTY, neighbours } : EMPTY),
      apply: async () => {
        applied = true;
      },
    },
    () => [running],
  );
  await until('the problem to be told', () => lock.problem() !== undefined);
  assert.match(lock.problem() ?? '', /port of a running container/);
  assert.ok(applied);
});
