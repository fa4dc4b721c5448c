import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { exchange, getOnce, HOST, health, OK, rawOrigin, route, startProxy, statusOf, table, target } from './rig.ts';

/** A route to a target that notes what it gets. */
async function noting(t: TestContext, path = '/') {
  const heads: string[] = [];
  const origin = await rawOrigin(t, (socket) =>
    socket.on('data', (bytes) => {
      heads.push(bytes.toString('latin1'));
      socket.write(OK);
    }),
  );
  const rig = await startProxy(t);
  const only = target('t1', origin.port);
  rig.proxy.use(table([route(['t1'], { path })], [only]));
  rig.proxy.setHealth([health(only)]);
  return { heads, rig };
}

test('a header whose name has other characters than letters, digits and - is left out', async (t) => {
  const { heads, rig } = await noting(t);
  const lines = 'X-First: 1\r\nuser_name: x\r\nX.Y: x\r\nConnection_: x\r\nX-Last: 2\r\n';
  assert.equal(statusOf(await exchange(t, rig.port, getOnce('/', lines))), 200);
  assert.match(heads[0] ?? '', /\r\nX-First: 1\r\nX-Last: 2\r\n/);
  assert.doesNotMatch(heads[0] ?? '', /user_name|X\.Y|Connection_/);
});

test('one that some server may take for a header that counts is refused', async (t) => {
  const { heads, rig } = await noting(t);
  const names = ['Content_Length', 'Transfer.Encoding', 'X_Forwarded_For', 'x.forwarded-proto', 'Host_', "'Host'"];
  for (const name of names) {
    const answer = await exchange(t, rig.port, getOnce('/', `${name}: 1\r\n`));
    assert.match(answer, /^HTTP\/1.1 400 .*X-Orca-Error: bad-field-name\r\n/s, name);
  }
  assert.deepEqual(heads, []);
});

test('empty lines before a request are skipped, four at most', async (t) => {
  const { heads, rig } = await noting(t);
  for (let count = 1; count <= 4; count++) {
    assert.equal(statusOf(await exchange(t, rig.port, '\r\n'.repeat(count) + getOnce())), 200, `${count}`);
    assert.match(heads.pop() ?? '', /^GET \/ HTTP\/1.1\r\n/);
  }
  assert.equal(statusOf(await exchange(t, rig.port, '\r\n'.repeat(5) + getOnce())), 400);
  assert.equal(heads.length, 0);
});

test('OPTIONS * goes as it is where the whole host is routed, and nothing else may ask for *', async (t) => {
  const ask = (method: string) => `${method} * HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`;
  const { heads, rig } = await noting(t);
  assert.equal(statusOf(await exchange(t, rig.port, ask('OPTIONS'))), 200);
  assert.match(heads[0] ?? '', /^OPTIONS \* HTTP\/1.1\r\nHost: shop.test\r\n/);
  assert.equal(statusOf(await exchange(t, rig.port, ask('GET'))), 400);
  const part = await noting(t, '/part');
  assert.equal(statusOf(await exchange(t, part.rig.port, ask('OPTIONS'))), 404);
});

test('bytes beyond ASCII are passed on in a query, and refused in a path', async (t) => {
  const { heads, rig } = await noting(t);
  assert.equal(statusOf(await exchange(t, rig.port, getOnce('/x?q=caf\xc3\xa9&\xff'))), 200);
  assert.match(heads[0] ?? '', /^GET \/x\?q=caf\xc3\xa9&\xff HTTP\/1.1\r\n/);
  assert.match(await exchange(t, rig.port, getOnce('/caf\xc3\xa9')), /^HTTP\/1.1 400 .*X-Orca-Error: bad-target\r\n/s);
});
