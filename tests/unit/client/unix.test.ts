import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createClient } from '../../../src/client/client.ts';
import { socketError } from '../../../src/client/faults.ts';
import { socketPathOf, unixAddress } from '../../../src/client/unix-address.ts';
import { rejection } from './connecting.ts';

const ROOT = process.getuid?.() === 0;
const SOMEBODY = 60_880;

function place(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'orca-client-'));
  chmodSync(dir, 0o755);
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, 'orca.sock');
}

async function serve(t: TestContext, path: string): Promise<IncomingHttpHeaders[]> {
  const heard: IncomingHttpHeaders[] = [];
  const server = createServer(({ headers, url }, response) => {
    heard.push(headers);
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ url }));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => server.close());
  return heard;
}

test('an address is a path behind `unix:`, taken as it stands', () => {
  assert.equal(socketPathOf('unix:///var/lib/orca/orca.sock'), '/var/lib/orca/orca.sock');
  assert.equal(socketPathOf('unix:/a%20b?c#d'), '/a%20b?c#d');
  assert.equal(socketPathOf(unixAddress('/a b')), '/a b');
  for (const other of ['unix:', 'unix://', 'unix://host/x', 'unix:x', 'http://x/unix:/y', '/x'])
    assert.equal(socketPathOf(other), undefined, other);
});

test('a call goes over the socket, with a host that every server knows and no token', async (t) => {
  const path = place(t);
  const heard = await serve(t, path);
  assert.deepEqual(await createClient({ api: unixAddress(path) }).status('shop'), {
    url: '/api/v1/status?project=shop',
  });
  assert.deepEqual([heard[0]?.host, heard[0]?.authorization], ['localhost', undefined]);
});

test('the socket may be reached by another path than its address says', async (t) => {
  const path = place(t);
  await serve(t, path);
  await createClient({ api: 'unix:///named', socketPath: path }).version();
});

test('why a socket cannot be opened is told with what to do', async (t) => {
  const path = place(t);
  const client = createClient({ api: unixAddress(path) });
  const { code, message, hint } = await rejection(client.status());
  assert.deepEqual([code, message], ['unavailable', `the server does not run: nothing listens on ${path}`]);
  assert.match(hint ?? '', /^start it with `orca server --data \/\S+`, or name another data folder with --data$/);
  assert.equal(socketError(path, 'ECONNREFUSED').message, message);
  assert.match(socketError(path, 'EAGAIN').message, /its queue is full$/);
  assert.equal(socketError(path, 'EIO').message, `cannot open ${path}: EIO`);
  if (!ROOT) return;
  await serve(t, path);
  chmodSync(path, 0o600);
  process.seteuid?.(SOMEBODY);
  t.after(() => process.seteuid?.(0));
  const denied = await rejection(client.status());
  process.seteuid?.(0);
  assert.deepEqual([denied.code, denied.message], ['forbidden', `permission denied on ${path}`]);
  assert.equal(denied.hint, 'run as its owner, or set ORCA_API and ORCA_TOKEN');
});
