import assert from 'node:assert/strict';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { FRAME, frame, jsonOf, SESSION_PROTOCOL } from '../../../src/contract/session.ts';
import type { PathStat } from '../../../src/core/copy/path-stat.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import { deployed, taskOf, web } from './records.ts';
import { openApi, type TestApi, until } from './test-api.ts';

const FILE: PathStat = { name: 'a', kind: 'file', size: 3, mode: 0o644, modifiedAt: 7, linkTarget: undefined };

async function open(t: TestContext): Promise<TestApi> {
  const test = await started();
  t.after(() => test.close());
  return test;
}

/** To be closed by the test. */
async function started(): Promise<TestApi> {
  const test = await openApi();
  await deployed(test, web());
  const task = taskOf({ id: 'web-1-a' });
  await test.state.store.txn({ then: [test.state.tasks.put(task)] });
  test.world.serve(task);
  return test;
}

type Role = 'admin' | 'deployer' | 'viewer' | 'shopAdmin';

const connect = (test: TestApi, target: string, as: Role = 'admin') =>
  new WebSocket(`ws://127.0.0.1:${test.port}/api/v1/services/web/${target}`, [SESSION_PROTOCOL], {
    headers: { authorization: `Bearer ${test.tokens[as]}` },
  });

async function session(test: TestApi, target: string) {
  const socket = connect(test, target);
  const messages: Buffer[] = [];
  socket.on('message', (message: Buffer) => messages.push(message));
  await once(socket, 'open');
  return { socket, messages, closed: once(socket, 'close').then(([code]) => code as number) };
}

async function refused(test: TestApi, target: string, as?: Role) {
  const socket = connect(test, target, as);
  socket.on('error', () => undefined);
  const [, answer] = await once(socket, 'unexpected-response');
  let text = '';
  for await (const chunk of answer) text += chunk;
  return { status: answer.statusCode as number, ...JSON.parse(text) };
}

const stat = (test: TestApi, query: string, as: Role = 'admin') =>
  test.ask('GET', `/api/v1/services/web/stat?${query}`, { as });

describe('a path in a container', () => {
  it('is told with its task, and followed where it is a link', async (t) => {
    const test = await open(t);
    test.engine.paths.set('/a', FILE);
    test.engine.paths.set('/l', { ...FILE, name: 'l', kind: 'link', linkTarget: '/a' });
    assert.deepEqual((await stat(test, 'path=/a')).body, {
      task: 'web-1-a',
      slot: 1,
      path: '/a',
      file: { name: 'a', kind: 'file', size: 3, mode: 0o644, modified_at: 7, link_target: null },
    });
    assert.equal((await stat(test, 'path=/l')).body.file.link_target, '/a');
    const { path, file } = (await stat(test, 'path=/l&follow')).body;
    assert.deepEqual([path, file.kind], ['/a', 'file']);
    assert.equal((await stat(test, 'path=/none')).body.file, null);
  });

  it('is looked for in a task of the service, and in the container of a release command only by its id', async (t) => {
    const test = await open(t);
    const release = taskOf({ id: 'web-1-release', slot: 1, assignedAt: 99, release: {} });
    await test.state.store.txn({ then: [test.state.tasks.put(release)] });
    test.world.serve(release);
    for (const query of ['path=/a', 'path=/a&task=1']) assert.equal((await stat(test, query)).body.task, 'web-1-a');
    assert.equal((await stat(test, 'path=/a&task=web-1-release')).body.task, 'web-1-release');
  });

  it('is refused where docker does not see what processes see: in a tmpfs, and in what is the kernel’s', async (t) => {
    const test = await openApi();
    t.after(() => test.close());
    await deployed(test, web({ tmpfs: ['/run'] }));
    const task = taskOf({ id: 'web-1-a' });
    await test.state.store.txn({ then: [test.state.tasks.put(task)] });
    test.world.serve(task);
    test.engine.paths.set('/var/run', { ...FILE, name: 'run', kind: 'link', linkTarget: '/run' });
    for (const path of ['/run', '/run/a', '/a/../run/a', '/proc/self', '/sys', '/dev/null']) {
      const answer = await stat(test, `path=${path}`);
      assert.equal(answer.status, 409, path);
      assert.match(answer.body.error, /docker copies neither to nor from it/);
      for (const what of ['archive', 'unpack'])
        assert.equal((await refused(test, `${what}?path=${path}`)).status, 409, `${what} ${path}`);
    }
    assert.equal((await stat(test, 'path=/var/run&follow')).status, 409);
    assert.equal((await stat(test, 'path=/runs')).status, 200);
  });

  it('is for admins, and absolute', async (t) => {
    const test = await open(t);
    for (const as of ['viewer', 'deployer'] as const) assert.equal((await stat(test, 'path=/a', as)).status, 403);
    assert.equal((await stat(test, 'path=/a', 'shopAdmin')).status, 200);
    for (const path of ['a', '', '..', '%2Fa%00']) assert.equal((await stat(test, `path=${path}`)).status, 422, path);
    assert.equal((await stat(test, 'path=/a&task=9')).body.error, 'task not found: 9');
  });
});

describe('copies', () => {
  it('out of a container are carried as they come, and end with code 0', async (t) => {
    const test = await open(t);
    let asked: unknown;
    test.engine.reads = async (...given) => {
      asked = given;
      return {
        bytes: (async function* () {
          yield Buffer.from('one');
          yield Buffer.from('two');
        })(),
        close: () => undefined,
      };
    };
    const { messages, closed } = await session(test, 'archive?path=/data');
    assert.equal(await closed, 1000);
    assert.deepEqual(asked, ['web-1-a', '/data']);
    const [first, second, exit] = messages;
    assert.deepEqual(
      [first, second],
      ['one', 'two'].map((text) => Buffer.from(frame(FRAME.stdout, Buffer.from(text)))),
    );
    assert.deepEqual(jsonOf(exit as Buffer), { code: 0 });
  });

  it('out of a container that break off are told as such, and closed with their client', async (t) => {
    const test = await open(t);
    let closedAt = 0;
    test.engine.reads = async () => ({
      bytes: (async function* () {
        yield Buffer.from('one');
        throw new OrcaError('unavailable', 'docker closed the connection');
      })(),
      close: () => {
        closedAt += 1;
      },
    });
    const { messages, closed } = await session(test, 'archive?path=/data');
    assert.equal(await closed, 1011);
    const exit = jsonOf(messages.at(-1) as Buffer) as { code: null; error: string };
    assert.deepEqual([exit.code, exit.error], [null, 'docker closed the connection']);
    assert.equal(closedAt, 1);
  });

  it('into a container are tried before anything is sent, and end with the end of the archive', async (t) => {
    const test = await open(t);
    const written: Buffer[] = [];
    test.engine.writes = async (_name, folder, archive) => {
      assert.equal(folder, '/srv');
      written.push(await buffer(archive));
    };
    const { socket, messages, closed } = await session(test, 'unpack?path=/srv');
    assert.deepEqual(written, [Buffer.alloc(1024)]);
    for (const piece of ['one', 'two']) socket.send(frame(FRAME.stdin, Buffer.from(piece)));
    socket.send(new Uint8Array([FRAME.endOfStdin]));
    assert.equal(await closed, 1000);
    assert.deepEqual(written[1], Buffer.from('onetwo'));
    assert.deepEqual(jsonOf(messages.at(-1) as Buffer), { code: 0 });
  });

  it('into a container whose client has gone are broken off: the engine never takes them for whole', async (t) => {
    const test = await open(t);
    let calls = 0;
    const outcome = Promise.withResolvers<string>();
    test.engine.writes = async (_name, _folder, archive, signal) => {
      calls += 1;
      if (calls === 1) return;
      archive.on('end', () => outcome.resolve('ended')).resume();
      signal?.addEventListener('abort', () => outcome.resolve('broken off'));
      await outcome.promise;
      throw signal?.reason;
    };
    const { socket } = await session(test, 'unpack?path=/srv');
    socket.send(frame(FRAME.stdin, Buffer.from('half')));
    await until(() => calls === 2, 'the copy to begin');
    socket.terminate();
    assert.equal(await outcome.promise, 'broken off');
    await until(() => test.logged.some((line) => line.includes('a session has ended')), 'the end of the session');
  });

  it('into a container that the engine stops taking are told why', async (t) => {
    const test = await open(t);
    let calls = 0;
    test.engine.writes = async () => {
      calls += 1;
      if (calls === 2)
        throw new OrcaError('unavailable', 'docker cannot write: no space left on device', { hint: 'free some' });
    };
    const { messages, closed } = await session(test, 'unpack?path=/srv');
    assert.equal(await closed, 1011);
    assert.deepEqual(jsonOf(messages.at(-1) as Buffer), {
      code: null,
      error: 'docker cannot write: no space left on device',
      hint: 'free some',
    });
  });

  it('are refused before they begin: no path, nothing that may be written, no right, no task', async (t) => {
    const test = await open(t);
    assert.equal((await refused(test, 'archive?path=/none')).error, 'path not found: /none');
    test.engine.writes = async () => {
      throw new OrcaError('conflict', 'docker cannot write to /srv: container rootfs is marked read-only');
    };
    const readOnly = await refused(test, 'unpack?path=/srv');
    assert.deepEqual([readOnly.status, readOnly.code], [409, 'conflict']);
    for (const target of ['archive?path=/a', 'unpack?path=/a']) {
      assert.equal((await refused(test, target, 'deployer')).status, 403);
      test.world.running.clear();
      assert.match((await refused(test, target)).error, /no running task/);
      test.world.serve(taskOf({ id: 'web-1-a' }));
    }
  });

  it('end with the server, which says so, and are broken off', async () => {
    const test = await started();
    let calls = 0;
    let isBroken = false;
    test.engine.writes = async (_name, _folder, archive, signal) => {
      calls += 1;
      if (calls === 1) return;
      archive.resume();
      await new Promise((resolve) => signal?.addEventListener('abort', resolve));
      isBroken = true;
      throw signal?.reason;
    };
    const { messages, closed } = await session(test, 'unpack?path=/srv');
    await until(() => calls === 2, 'the copy to begin');
    await test.close();
    assert.equal(await closed, 1012);
    assert.match(String(messages.at(-1)), /the server stops: the copy was ended/);
    assert.ok(isBroken);
  });

  it('stand in the audit log with their path', async (t) => {
    const test = await open(t);
    test.engine.writes = async () => undefined;
    const { socket } = await session(test, 'unpack?path=/srv&task=1');
    socket.terminate();
    const { entries } = (await test.ask('GET', '/api/v1/audit', { as: 'admin' })).body;
    const [entry] = entries.filter(({ path }: { path: string }) => path.endsWith('/unpack'));
    assert.deepEqual([entry.actor, entry.about, entry.result], ['admin', { path: '/srv', task: '1' }, 'begun']);
  });
});
