import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createEngine } from '../../../src/engine/docker.ts';

/** An engine that starts a container, and whose connection breaks before it says so. */
async function breakingEngine(t: TestContext) {
  const starts: string[] = [];
  const server = createServer((request, response) => {
    const { method, url = '' } = request;
    if (method === 'POST' && url.endsWith('/start')) {
      starts.push(url);
      if (starts.length === 1) return void request.socket.destroy();
      return void response.writeHead(204).end();
    }
    const answer = url.endsWith('/version')
      ? { Version: '28', ApiVersion: '1.50', MinAPIVersion: '1.24' }
      : {
          Id: 'a1',
          Name: '/web-1-x',
          RestartCount: 0,
          HostConfig: {},
          Config: { Tty: false, Labels: { 'orca.cluster': 'c1' } },
          State: { Status: 'created', Error: '', ExitCode: 0, OOMKilled: false, Pid: 0 },
          NetworkSettings: { Networks: {} },
        };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  return { engine: createEngine({ docker: `tcp://127.0.0.1:${port}`, cluster: 'c1' }), starts };
}

test('what must not run twice is not started again when the connection breaks; anything else is', async (t) => {
  const once = await breakingEngine(t);
  await assert.rejects(once.engine.start('web-1-x', true), { code: 'unavailable', message: /closed the connection/ });
  assert.equal(once.starts.length, 1);
  const again = await breakingEngine(t);
  await again.engine.start('web-1-x');
  assert.equal(again.starts.length, 2);
});
