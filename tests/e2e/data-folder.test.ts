import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Status } from '../../src/contract/status.ts';
import { openStore } from '../../src/store/open.ts';
import { MAIN } from '../lab/entries.ts';
import { until } from '../lab/until.ts';
import { directory, finallyDo, freePort } from './dataplane/support/lab.ts';

const FOLDER = resolve(import.meta.dirname, '../fixtures/data-folder-0.1');

/** A copy, as a server finds it that is started after an upgrade. */
function oldFolder(t: TestContext): string {
  const dir = join(directory(t), 'data');
  cpSync(FOLDER, dir, { recursive: true });
  for (const name of ['orca.db', 'admin.token']) chmodSync(join(dir, name), 0o600);
  return dir;
}

interface Started {
  readonly child: ChildProcess;
  readonly api: number;
  /** All it has said and logged. */
  said(): string;
}

/** Without an engine: what is stored is all there is. */
async function start(t: TestContext, dir: string): Promise<Started> {
  const api = await freePort();
  const flags = ['--api', `127.0.0.1:${api}`, '--http', 'off', '--docker', 'unix:///nowhere'];
  const child = spawn(process.execPath, [MAIN, 'server', '--data', dir, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      said += chunk;
    });
  finallyDo(t, () => spawnSync(process.execPath, [MAIN, 'server', '--stop', '--all', '--data', dir]));
  return { child, api, said: () => said };
}

const isUp = ({ api }: Started) => fetch(`http://127.0.0.1:${api}/health/live`).then(({ ok }) => ok);

async function statusOf({ api }: Started, dir: string): Promise<Status> {
  const token = readFileSync(join(dir, 'admin.token'), 'utf8').trim();
  const response = await fetch(`http://127.0.0.1:${api}/api/v1/status`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(response.status, 200);
  return (await response.json()) as Status;
}

async function put(dir: string, key: string, value: string): Promise<void> {
  const store = await openStore(`file:${join(dir, 'orca.db')}`);
  await store.txn({ then: [{ put: key, value }] });
  await store.close();
}

const NAMES = ['api', 'front', 'job', 'late', 'missing', 'none', 'resting', 'web', 'worker'];
const namesOf = ({ services }: Status) => services.map(({ name }) => name).sort();

test('a server starts on the folder of an older version, and tells of all that is in it', async (t) => {
  const dir = oldFolder(t);
  const server = await start(t, dir);
  await until('the server to be up', () => isUp(server));
  const status = await statusOf(server, dir);
  assert.deepEqual(namesOf(status), NAMES);
  const web = status.services.find(({ name }) => name === 'web');
  assert.deepEqual([web?.revision, web?.replicas], [2, 3]);
});

test('one damaged record is told by its key, and leaves the others as they are', async (t) => {
  const dir = oldFolder(t);
  await put(dir, 'services/shop/web', '{"v":1,"project":"shop","name":"web"}');
  const server = await start(t, dir);
  await until('the server to be up', () => isUp(server));
  assert.deepEqual(
    namesOf(await statusOf(server, dir)),
    NAMES.filter((name) => name !== 'web'),
  );
  assert.match(server.said(), /the store's record services\/shop\/web cannot be read: revision is missing/);
});

test('a folder that a newer version wrote in is refused, with the record and what to do', async (t) => {
  const dir = oldFolder(t);
  await put(dir, 'revisions/shop/web/000000000004', '{"v":99,"project":"shop"}');
  const server = await start(t, dir);
  const [code] = await once(server.child, 'close');
  assert.notEqual(code, 0);
  assert.match(server.said(), /revisions\/shop\/web\/000000000004 cannot be read: a newer orca wrote it \(version 99/);
  assert.match(server.said(), /start that newer orca again/);
});
