import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createDockerClient } from '../../../src/engine/client.ts';
import { connect } from '../../../src/engine/connection.ts';
import { createGate } from '../../../src/engine/gate.ts';
import { createInspections } from '../../../src/engine/inspections.ts';
import { listContainers } from '../../../src/engine/list-containers.ts';
import { until } from '../../lab/until.ts';

const LIMIT = 100;

/** A Docker socket that lists the containers, and tells of each what the test says; never an answer for 'hangs'. */
async function docker(t: TestContext, containers: Readonly<Record<string, 'well' | 'hangs' | 500 | object | null>>) {
  const dir = await mkdtemp(join(tmpdir(), 'orca-inspections-'));
  const told = new Map(Object.entries(containers));
  const asked: string[] = [];
  let hanging = 0;
  let mostHanging = 0;
  const hang = (answer: ServerResponse) => {
    hanging += 1;
    mostHanging = Math.max(mostHanging, hanging);
    answer.on('close', () => {
      hanging -= 1;
    });
  };
  const json = (answer: ServerResponse, body: unknown, status = 200) => {
    answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const server = createServer((request, answer) => {
    const path = request.url ?? '';
    if (path.endsWith('/version')) return json(answer, { Version: '20.10', ApiVersion: '1.41', MinAPIVersion: '1.12' });
    if (/\/containers\/json/.test(path)) return json(answer, [...told.keys()].map(summary));
    const id = /\/containers\/([^/]+)\/json/.exec(path)?.[1] ?? '';
    asked.push(id);
    const how = told.get(id.replace(/^id-/, ''));
    if (how === undefined) return json(answer, { message: 'no such container' }, 404);
    if (how === 'hangs') return hang(answer);
    if (typeof how === 'object') return json(answer, how);
    return how === 500
      ? json(answer, { message: 'the lock is held' }, 500)
      : json(answer, full(id.replace(/^id-/, '')));
  });
  server.listen(join(dir, 's.sock'));
  await once(server, 'listening');
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true, force: true });
  });
  const client = createDockerClient(connect(`unix://${join(dir, 's.sock')}`));
  const inspections = createInspections(client, LIMIT);
  return { told, asked, inspections, most: () => mostHanging, list: () => listContainers(client, 'c1', inspections) };
}

const LABELS = { 'orca.cluster': 'c1' };
const summary = (name: string) => ({ Id: `id-${name}`, Names: [`/${name}`], Labels: LABELS, State: 'running' });
const full = (name: string) => ({
  Id: `id-${name}`,
  Name: `/${name}`,
  Config: { Labels: LABELS },
  State: { Status: 'running', StartedAt: '2026-01-01T00:00:00Z', FinishedAt: '0001-01-01T00:00:00Z', Error: '' },
  RestartCount: 0,
  HostConfig: {},
  NetworkSettings: { Networks: {} },
});

const unreadIn = (listed: Awaited<ReturnType<typeof listContainers>>) =>
  listed.flatMap((one) => ('unread' in one ? [[one.name, one.state, one.unread] as const] : []));

test('a container whose inspect hangs or fails is unread with the reason, and all others are read', async (t) => {
  const lab = await docker(t, { a: 'well', b: 'hangs', c: 500, d: 'well' });
  const listed = await lab.list();
  assert.deepEqual(
    listed.map(({ name }) => name),
    ['a', 'b', 'c', 'd'],
  );
  const unread = unreadIn(listed);
  assert.deepEqual(
    unread.map(([name, state]) => [name, state]),
    [
      ['b', 'running'],
      ['c', 'running'],
    ],
  );
  assert.match(unread[0]?.[2] ?? '', /took longer than 0.1 s to inspect container "b"/);
  assert.match(unread[1]?.[2] ?? '', /the lock is held/);
});

test('a container of which docker tells nothing of use is unread alone', async (t) => {
  const lab = await docker(t, { a: 'well', b: null, c: {}, d: { ...full('d'), State: null } });
  assert.deepEqual(
    unreadIn(await lab.list()).map(([name]) => name),
    ['b', 'c', 'd'],
  );
  await assert.rejects(lab.inspections.inspect('c'), {
    code: 'unavailable',
    message: /nothing of use of container "c"/,
  });
});

test('a container that has no networks is read', async (t) => {
  const lab = await docker(t, {
    a: { ...full('a'), NetworkSettings: { Networks: null } },
    b: { ...full('b'), NetworkSettings: null },
  });
  assert.deepEqual(unreadIn(await lab.list()), []);
});

test('one that could not be read is not waited for by lists, rests for whoever asks, and is read again later', async (t) => {
  const lab = await docker(t, { a: 'well', b: 500 });
  await lab.list();
  const before = lab.asked.length;
  assert.equal(unreadIn(await lab.list()).length, 1);
  assert.deepEqual(lab.asked.slice(before), ['id-a']);
  await assert.rejects(lab.inspections.inspect('b'), { code: 'unavailable', message: /the lock is held/ });
  assert.deepEqual(lab.asked.slice(before), ['id-a'], 'it is not asked for while it rests');
  lab.told.set('b', 'well');
  lab.inspections.reset();
  assert.deepEqual(unreadIn(await lab.list()), []);
});

test('one that is gone is no trouble', async (t) => {
  const lab = await docker(t, {});
  assert.equal(await lab.inspections.inspect('web-1'), undefined);
  assert.equal(lab.inspections.trouble('web-1'), undefined);
});

test('however many hang, the calls that wait for them are bounded, and others are answered', async (t) => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`h${i}`, 'hangs' as const]));
  const lab = await docker(t, { ...many, well: 'well' });
  const looks = Object.keys(many).map((name) => lab.inspections.inspect(name).catch(() => undefined));
  const well = await until('the one that can be read', () => {
    lab.inspections.reset(); // on a slow machine its limit may be over, too: it is asked for again at once
    return lab.inspections.inspect('well');
  });
  assert.equal(well.Id, 'id-well');
  await Promise.all(looks);
  assert.ok(lab.most() <= 32, `${lab.most()} at once`);
});

test('a list that finds nobody to ask fails as a whole', async () => {
  const client = createDockerClient(connect('unix:///nowhere/docker.sock'));
  await assert.rejects(listContainers(client, 'c1', createInspections(client)), { code: 'unavailable' });
});

test('a gate lets in as many as it may, each once, also after failures', async () => {
  const gate = createGate(2);
  let now = 0;
  let most = 0;
  const work = async (fails: boolean) => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
    if (fails) throw new Error('failed');
    return 'done';
  };
  const ends = await Promise.allSettled(Array.from({ length: 9 }, (_, i) => gate(() => work(i % 3 === 0))));
  assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 6);
  assert.equal(most, 2);
});
