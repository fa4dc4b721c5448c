import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createEngine } from '../../../src/engine/docker.ts';
import { createRegistryRule } from '../../../src/engine/registry-rule.ts';

const BANNER = 'malformed HTTP response "SSH-2.0-OpenSSH_9.2p1 Debian-2"';

/** An engine that has no image, and tells word for word what it was answered where it asked. */
async function setUp(t: TestContext) {
  const asked: string[] = [];
  const problems: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (path.startsWith('/version')) return answer(200, { Version: '20.10.24', ApiVersion: '1.41' });
    if (path.includes('/images/') && path.includes('/json')) return answer(404, { message: 'no such image' });
    asked.push(path);
    return answer(500, { message: BANNER });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const engine = createEngine({
    docker: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cluster: 'c1',
    registries: {
      rule: createRegistryRule({ allowPrivate: ['10.0.0.5:5000'], addressesOf: async () => ['203.0.113.7'] }),
      onProblem: (image, detail) => problems.push(`${image}: ${detail}`),
    },
  });
  return { engine, asked, problems };
}

const pinned = (repository: string) => {
  const digest = `sha256:${'0'.repeat(64)}`;
  return { ref: `${repository}:1`, digest, pinned: `${repository}@${digest}` };
};

test('the engine is not sent to a private address, to ask or to pull; why is told to the log alone', async (t) => {
  const { engine, asked, problems } = await setUp(t);
  const { image, warning } = await engine.resolve('127.0.0.1:22/x:1', 'auto');
  assert.deepEqual(
    [image, warning],
    [undefined, 'image "127.0.0.1:22/x:1" cannot be pulled: its registry gave no usable answer'],
  );
  await assert.rejects(engine.pull(pinned('127.0.0.1:22/x')), {
    code: 'not_found',
    message: 'image "127.0.0.1:22/x:1" cannot be pulled: its registry gave no usable answer',
  });
  assert.deepEqual(asked, []);
  assert.equal(problems.length, 2);
  for (const problem of problems)
    assert.match(problem, /private address 127\.0\.0\.1; name it in `registries\.allow_private`/);
});

test('what answers where a registry should be is told to the log, and to nobody else', async (t) => {
  const { engine, asked, problems } = await setUp(t);
  for (const place of ['10.0.0.5:5000/x', 'registry.example.com/x']) {
    const { warning } = await engine.resolve(`${place}:1`, 'auto');
    assert.equal(warning, `image "${place}:1" cannot be pulled: its registry gave no usable answer`);
    await assert.rejects(engine.pull(pinned(place)), {
      message: `image "${place}:1" cannot be pulled: its registry gave no usable answer`,
    });
  }
  assert.equal(asked.length, 4);
  assert.equal(problems.filter((problem) => problem.includes('SSH-2.0-OpenSSH')).length, 4);
});
