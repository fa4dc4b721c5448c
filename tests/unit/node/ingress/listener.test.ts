import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { OrcaError } from '../../../../src/core/errors.ts';
import { handListener, handListeners } from '../../../../src/node/ingress/listener.ts';
import { holderOf } from '../../../../src/node/port-holder.ts';

test('a port in use is told with its address and the process that has it', async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  await assert.rejects(
    handListener({ host: '127.0.0.1', port }, () => assert.fail()),
    (error) => {
      assert.ok(error instanceof OrcaError && error.code === 'conflict');
      assert.equal(error.message, `127.0.0.1:${port} is in use by node (pid ${process.pid})`);
      assert.match(error.hint ?? '', /--http/);
      return true;
    },
  );
});

test('an address of another machine is told', async () => {
  await assert.rejects(
    handListener({ host: '192.0.2.1', port: 8080 }, () => assert.fail()),
    (error) => error instanceof OrcaError && /does not have the address 192.0.2.1:8080/.test(error.message),
  );
});

test('after the descriptor was handed on, this process does not listen', async () => {
  let port = 0;
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve));
  port = (server.address() as AddressInfo).port;
  await new Promise((resolve) => server.close(resolve));
  const fd = await handListener({ host: '127.0.0.1', port }, (descriptor) => {
    assert.match(holderOf(port) ?? '', new RegExp(`pid ${process.pid}`));
    return descriptor;
  });
  assert.ok(fd > 2);
  while (holderOf(port) !== undefined) await new Promise((resolve) => setImmediate(resolve));
});

test('what goes wrong while handing on is passed through, and the port is free again', async () => {
  await assert.rejects(
    handListener({ host: '127.0.0.1', port: 0 }, () => {
      throw new OrcaError('unavailable', 'no program');
    }),
    /no program/,
  );
});

test('HTTPS that cannot be listened for is told, and HTTP is handed on all the same', async (t) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen({ port: 0, host: '127.0.0.1' }, resolve));
  t.after(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  const told: (string | undefined)[] = [];
  const any = { host: '127.0.0.1', port: 0 };
  const onHttps = (problem: OrcaError | undefined) => told.push(problem && `${problem.message}; ${problem.hint}`);
  const handed = (https: typeof any | 'off', http: typeof any | 'off' = any) =>
    handListeners({ http, https, onHttps }, (fds) => Object.keys(fds));
  assert.deepEqual(await handed({ host: '127.0.0.1', port }), ['http']);
  assert.deepEqual(await handed(any), ['http', 'https']);
  assert.deepEqual(await handed(any, 'off'), ['https']);
  assert.deepEqual(await handed('off'), ['http']);
  assert.match(told[0] ?? '', new RegExp(`^127.0.0.1:${port} is in use by node .*; stop it, .* --https$`));
  assert.deepEqual(told.slice(1), [undefined, undefined, undefined]);
  await assert.rejects(handed(any, { host: '127.0.0.1', port }), /is in use/);
});
