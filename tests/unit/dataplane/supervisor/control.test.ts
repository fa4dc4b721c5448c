import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { planeTime } from '../../../../src/core/clock.ts';
import { createLineSplitter } from '../../../../src/core/route/lines.ts';
import { CHANGES, type FromDataPlane, type ToDataPlane } from '../../../../src/core/route/protocol.ts';
import type { Table } from '../../../../src/core/route/table.ts';
import { changeBetween } from '../../../../src/core/route/table-change.ts';
import { createControl } from '../../../../src/dataplane/supervisor/control.ts';
import { createLogger } from '../../../../src/telemetry/log.ts';
import { until } from '../../../lab/until.ts';

const table = (revision: number): Table => ({
  id: { cluster: 'c', term: 3, revision },
  pools: [],
  routes: [],
  targets: [],
});
const counters = (requests: number) => ({ task: 'a', inflight: 0, streams: 0, requests, errors: 0, failed: 0 });

/** A data plane's end, and a master that says what the test writes. */
async function setUp(t: TestContext, wants?: readonly string[]) {
  const dir = mkdtempSync(join(tmpdir(), 'orca-control-'));
  const path = join(dir, 'control.sock');
  const taken: Table[] = [];
  const heard: FromDataPlane[] = [];
  const now = { requests: 1 };
  const control = createControl({
    hello: { type: 'hello', protocol: 2, version: '1', pid: 7, startedAt: planeTime(1), takes: [CHANGES] },
    snapshot: (topic) =>
      topic === 'stats'
        ? { type: 'stats', targets: [counters(now.requests)] }
        : topic === 'health'
          ? { type: 'health', targets: [], at: planeTime(1) }
          : topic === 'workers'
            ? { type: 'workers', workers: [] }
            : { type: 'traffic', revisions: [] },
    admit: () => undefined,
    onMaster: () => {},
    onTable: (given) => taken.push(given),
    onRelay: () => {},
    onCertificates: () => {},
    onStop: () => {},
    log: createLogger({ level: 'silent' }),
  });
  await control.listen(path);
  const socket = connect(path);
  await once(socket, 'connect');
  const splitter = createLineSplitter(1 << 20);
  socket.on('data', (chunk) => {
    for (const line of splitter.push(chunk) as readonly string[]) heard.push(JSON.parse(line) as FromDataPlane);
  });
  t.after(() => {
    socket.destroy();
    control.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const say = (message: ToDataPlane) => void socket.write(`${JSON.stringify(message)}\n`);
  say({ type: 'hello', protocol: 2, cluster: 'c', term: 3, wants });
  await until('the counters are told', () => heard.some(({ type }) => type === 'stats'));
  const count = (requests: number) => {
    now.requests = requests;
    control.push('stats');
  };
  return { say, taken, heard, count };
}

test('a table that came as a change of the one before is taken as a whole one is', async (t) => {
  const { say, taken } = await setUp(t, [CHANGES]);
  say({ type: 'table', table: table(1) });
  say({ type: 'change', change: changeBetween(table(1), table(2)) });
  say({ type: 'change', change: changeBetween(table(2), table(3)) });
  await until('all are taken', () => taken.length === 3);
  assert.deepEqual(taken, [table(1), table(2), table(3)]);
});

for (const [what, first, change] of [
  ['before any table', undefined, changeBetween(table(1), table(2))],
  ['of another table', table(1), changeBetween(table(2), table(3))],
  [
    'of another cluster',
    table(1),
    changeBetween(table(1), { ...table(2), id: { cluster: 'd', term: 3, revision: 2 } }),
  ],
  ['with what is no target', table(1), changeBetween(table(1), { ...table(2), targets: [{}] as never })],
] as const) {
  test(`a change ${what} is refused, and its master begins anew`, async (t) => {
    const { say, taken, heard } = await setUp(t, [CHANGES]);
    if (first) say({ type: 'table', table: first });
    say({ type: 'change', change });
    await until('it is refused', () => heard.some(({ type }) => type === 'refused'));
    assert.equal(taken.length, first ? 1 : 0);
  });
}

test('a master from before changes is told all of a list each time, and one that wants them what is new', async (t) => {
  for (const [wants, type] of [
    [undefined, 'stats'],
    [[CHANGES], 'stats-change'],
  ] as const) {
    const { heard, count } = await setUp(t, wants);
    const before = heard.length;
    count(2);
    await until('it is told', () => heard.length > before);
    assert.deepEqual(heard.slice(before), [
      type === 'stats'
        ? { type, targets: [counters(2)] }
        : { type, change: [{ at: 0, removed: 1, added: [counters(2)] }] },
    ]);
  }
});
