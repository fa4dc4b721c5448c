import assert from 'node:assert/strict';
import type { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { createClient } from '../../../src/client/client.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import { type Script, scriptedServer, TOKEN } from './scripted-server.ts';

export async function scripted(t: TestContext, ...scripts: Script[]) {
  const server = await scriptedServer(scripts);
  t.after(() => server.close());
  return { server, client: createClient({ api: server.api, token: TOKEN }) };
}

/** An address where nothing listens: bound once, then free again. */
export async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function listening(
  t: TestContext,
  server: ReturnType<typeof createServer> | ReturnType<typeof createTcpServer>,
): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

export const rejection = async (promise: Promise<unknown>): Promise<OrcaError> => {
  const error = await promise.then(
    () => assert.fail('it did not reject'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OrcaError, `not an OrcaError: ${error}`);
  return error;
};
