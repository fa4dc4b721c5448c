import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineTime } from '../../../../src/core/clock.ts';
import type { Split } from '../../../../src/core/route/table.ts';
import { parseRequestHead, RequestHead } from '../../../../src/dataplane/proxy/http1/request-head.ts';
import { LiveTable } from '../../../../src/dataplane/proxy/live-table.ts';
import { HOST, health, route, table, target } from './rig.ts';

const OLD = Array.from({ length: 7 }, (_, at) => target(`old${at}`, 1000 + at));
const NEW = [target('new0', 2000, { revision: 2 })];
const EVERYTHING = [...OLD, ...NEW];

interface Wanted {
  readonly weight: number;
  readonly split?: Split | undefined;
  readonly newTargets?: typeof NEW;
}

const BY_REQUEST: Split = { by: 'request', salt: 'd-1' };
const BY_CLIENT: Split = { by: 'client', salt: 'd-1' };
const NO_HEAD = headOf('');

function headOf(lines: string): RequestHead {
  const head = parseRequestHead(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n${lines}`, { headerCount: 200, targetBytes: 1000 });
  assert.ok(head instanceof RequestHead);
  return head;
}

function useTable(worker: LiveTable, { weight, split = BY_REQUEST, newTargets = NEW }: Wanted): void {
  const shares = [
    { weight: 100 - weight, targets: OLD.map(({ task }) => task) },
    { weight, targets: newTargets.map(({ task }) => task) },
  ];
  worker.use(table([route([], { shares, split })], [...OLD, ...newTargets]));
  worker.setHealth([...OLD, ...newTargets].map((one) => health(one)));
}

function startWorkers(count: number, wanted: Wanted): readonly LiveTable[] {
  const workers = Array.from({ length: count }, () => new LiveTable());
  for (const worker of workers) useTable(worker, wanted);
  return workers;
}

/** The task that a request of this client goes to. */
function taskFor(worker: LiveTable, address = '192.0.2.1', head = NO_HEAD): string {
  const pool = worker.match(HOST, '/')?.pool;
  return pool?.pick(pool.pointFor({ head, client: { address, lines: '' } }))?.task ?? '';
}

const isNew = (task: string): boolean => task.startsWith('new');

/** Most connections are short, some carry hundreds of requests, and the kernel gives more of them to the first workers. */
function* requests(workers: readonly LiveTable[]): Generator<LiveTable> {
  for (let connection = 0; ; connection += 1) {
    const worker = workers[Math.floor(Math.random() ** 2 * workers.length)];
    const length = connection % 17 === 0 ? 150 : 1 + Math.floor(Math.random() * 3);
    for (let request = 0; request < length; request += 1) if (worker !== undefined) yield worker;
  }
}

const shareOver = (total: number, workers: readonly LiveTable[], each: (at: number) => void = () => {}): number => {
  let count = 0;
  for (const [at, worker] of requests(workers).take(total).toArray().entries()) {
    each(at);
    if (isNew(taskFor(worker))) count += 1;
  }
  return (count / total) * 100;
};

for (const weight of [1, 5, 20, 25, 50]) {
  test(`by request, ${weight} % are within half a point over 10,000, with 7 old targets and 1 new, in 1 to 8 workers`, () => {
    for (let count = 1; count <= 8; count += 1) {
      const share = shareOver(10_000, startWorkers(count, { weight }));
      assert.ok(Math.abs(share - weight) <= 0.5, `${share} % with ${count} workers`);
    }
  });
}

test('by request, a new table after every third request takes nothing from a share', () => {
  for (const weight of [1, 5, 20, 25, 33, 50]) {
    const workers = startWorkers(4, { weight });
    const share = shareOver(10_000, workers, (at) => {
      if (at % 3 === 0) for (const worker of workers) useTable(worker, { weight });
    });
    // Ten requests. With turns that begin anew each time it would be ten to thirty by the standard deviation.
    assert.ok(Math.abs(share - weight) <= 0.1, `${share} %, not ${weight} %`);
  }
});

test('all routes to a pool take turns together', () => {
  const worker = new LiveTable();
  const shares = [
    { weight: 50, targets: ['old0'] },
    { weight: 50, targets: ['new0'] },
  ];
  const made = table([route([], { shares, split: BY_REQUEST })], EVERYTHING);
  const [first] = made.routes;
  assert.ok(first);
  worker.use({ ...made, routes: [first, { ...first, path: '/api' }] });
  worker.setHealth(EVERYTHING.map((one) => health(one)));
  const pools = ['/', '/api'].map((path) => worker.match(HOST, path)?.pool);
  assert.ok(pools[0] !== undefined && pools[0] === pools[1]);
});

const CLIENTS = Array.from({ length: 10_000 }, (_, at) => `198.${at % 7}.${at >> 8}.${at & 255}`);

test('by client, each has the same share in every worker, for as long as the weights stay', () => {
  const [first, second] = startWorkers(2, { weight: 25, split: BY_CLIENT });
  assert.ok(first && second);
  const before = CLIENTS.map((address) => isNew(taskFor(first, address)));
  assert.deepEqual(
    CLIENTS.map((address) => isNew(taskFor(second, address))),
    before,
  );
  useTable(first, { weight: 25, split: BY_CLIENT });
  assert.deepEqual(
    CLIENTS.map((address) => isNew(taskFor(first, address))),
    before,
  );
  const share = before.filter(Boolean).length / 100;
  assert.ok(Math.abs(share - 25) < 2, `${share} % of 10,000 clients`);
});

test('by client, whoever has seen the new version keeps it from step to step', () => {
  const [worker] = startWorkers(1, { weight: 1, split: BY_CLIENT });
  assert.ok(worker);
  let chosen: readonly string[] = [];
  for (const weight of [1, 5, 20, 25, 50, 99]) {
    useTable(worker, { weight, split: BY_CLIENT });
    for (const address of chosen) assert.ok(isNew(taskFor(worker, address)), `${address} left at ${weight} %`);
    chosen = CLIENTS.filter((address) => isNew(taskFor(worker, address)));
  }
});

test('by client, another salt chooses others', () => {
  const [worker] = startWorkers(1, { weight: 50, split: BY_CLIENT });
  assert.ok(worker);
  const before = CLIENTS.map((address) => isNew(taskFor(worker, address)));
  useTable(worker, { weight: 50, split: { by: 'client', salt: 'd-2' } });
  const stayed = CLIENTS.filter((address, at) => isNew(taskFor(worker, address)) === before[at]).length;
  assert.ok(stayed > 4500 && stayed < 5500, `${stayed} of 10,000 stayed`);
});

test('by client, addresses of one IPv6 network have one share', () => {
  const [worker] = startWorkers(1, { weight: 50, split: BY_CLIENT });
  assert.ok(worker);
  for (let network = 0; network < 50; network += 1) {
    const of = (host: string): boolean => isNew(taskFor(worker, `2001:db8:0:${network.toString(16)}:${host}`));
    assert.equal(of('1:2:3:4'), of('aaaa:bbbb:cccc:dddd'));
  }
});

test('a client whose version does not serve gets the other, and is back with it afterwards', () => {
  const [worker] = startWorkers(1, { weight: 25, split: BY_CLIENT });
  assert.ok(worker);
  const before = CLIENTS.map((address) => isNew(taskFor(worker, address)));
  worker.setHealth(NEW.map((one) => health(one, false)));
  for (const address of CLIENTS) assert.ok(taskFor(worker, address).startsWith('old'));
  worker.setHealth(NEW.map((one) => health(one)));
  assert.deepEqual(
    CLIENTS.map((address) => isNew(taskFor(worker, address))),
    before,
  );
});

test('a target that was started again stays in its share', () => {
  const [worker] = startWorkers(1, { weight: 25, split: BY_CLIENT });
  assert.ok(worker);
  const before = CLIENTS.map((address) => isNew(taskFor(worker, address)));
  const again = NEW.map((one) => ({ ...one, startedAt: engineTime(2) }));
  useTable(worker, { weight: 25, split: BY_CLIENT, newTargets: again });
  assert.deepEqual(
    CLIENTS.map((address) => isNew(taskFor(worker, address))),
    before,
  );
});

const byCookie: Split = { by: 'cookie', name: 'sid', salt: 'd-1' };
const byHeader: Split = { by: 'header', name: 'x-user', salt: 'd-1' };

/** What decides of a request with these lines: the same points for the same value. */
function pointsWith(split: Split): (lines: string, address?: string) => number | undefined {
  const [worker] = startWorkers(1, { weight: 50, split });
  const pool = worker?.match(HOST, '/')?.pool;
  return (lines, address = '192.0.2.1') => pool?.pointFor({ head: headOf(lines), client: { address, lines: '' } });
}

test('by header, the value decides, whoever says it; the first one if there are several', () => {
  const point = pointsWith(byHeader);
  const ann = point('X-User: ann\r\n');
  assert.equal(point('Accept: */*\r\nx-uSER:   ann \r\n', '203.0.113.9'), ann);
  assert.equal(point('X-User: ann\r\nX-User: bob\r\n'), ann);
  assert.notEqual(point('X-User: bob\r\n'), ann);
  assert.notEqual(point('X-Users: ann\r\n'), ann);
});

test('by cookie, the first one of that name decides', () => {
  const point = pointsWith(byCookie);
  const known = point('Cookie: sid=abc\r\n');
  for (const line of [
    'a=1; sid=abc; b=2',
    'a=1;sid=abc',
    'sid=abc; sid=other',
    'x=sid=other; sid=abc',
    ';; sid=abc;',
  ]) {
    assert.equal(point(`Cookie: ${line}\r\n`, '203.0.113.9'), known, line);
  }
  assert.equal(point('Cookie: a=1\r\nAccept: */*\r\nCookie: sid=abc\r\n', '203.0.113.9'), known, 'in a second line');
  assert.notEqual(point('Cookie: sid=other\r\n'), known);
});

test('a request without the header or cookie, or with nothing in it, goes by its client', () => {
  const [byClient, cookie, header] = [BY_CLIENT, byCookie, byHeader].map(pointsWith);
  const expected = byClient?.('');
  for (const line of ['', 'Cookie: sid=', 'Cookie: xsid=1; SID=2; sid =3; sid', 'Cookie: a="; x sid=4"', 'X-Sid: 1']) {
    assert.equal(cookie?.(line === '' ? '' : `${line}\r\n`), expected, line);
  }
  assert.equal(header?.('X-User:  \r\n'), expected);
  assert.equal(header?.('X-User-Id: 1\r\nUser: 2\r\n'), expected);
  assert.notEqual(cookie?.('', '203.0.113.9'), expected);
});

test('a cookie is found behind as many empty ones as a head may hold', () => {
  const point = pointsWith(byCookie);
  assert.equal(point(`Cookie: ${';'.repeat(60_000)}sid=abc\r\n`), point('Cookie: sid=abc\r\n'));
});
