import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { OrcaError } from '../../../../src/core/errors.ts';
import { handListener } from '../../../../src/node/ingress/listener.ts';
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
