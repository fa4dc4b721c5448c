import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createUpstreams, parseResolvConf } from '../../../../src/dataplane/resolver/upstreams.ts';

function setUp(t: TestContext, set: readonly string[] = []) {
  const dir = mkdtempSync(join(tmpdir(), 'orca-resolv-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'resolv.conf');
  const clock = { time: 0 };
  const upstreams = createUpstreams({ set, file, own: '10.208.0.1', now: () => clock.time });
  return { file, clock, addresses: () => upstreams().map(({ address, port }) => `${address} ${port}`) };
}

test('the name servers of resolv.conf are read, three at most, and nothing else of it', () => {
  const text = `# by hand\nsearch example.com\n nameserver 10.0.0.1\nnameserver ::1\nnameserver nonsense\nnameserver 10.0.0.2 # more
nameserver 10.0.0.3\noptions ndots:2\n`;
  assert.deepEqual(
    parseResolvConf(text).map(({ address }) => address),
    ['10.0.0.1', '::1', '10.0.0.2'],
  );
});

test('a file that changes is read again, and one that is gone for a moment is remembered', (t) => {
  const { file, clock, addresses } = setUp(t);
  assert.deepEqual(addresses(), []);
  writeFileSync(file, 'nameserver 10.0.0.1\n');
  clock.time = 2000;
  assert.deepEqual(addresses(), ['10.0.0.1 53']);
  writeFileSync(`${file}.new`, 'nameserver 10.0.0.2\n');
  rmSync(file);
  clock.time = 4000;
  assert.deepEqual(addresses(), ['10.0.0.1 53']);
  renameSync(`${file}.new`, file);
  clock.time = 6000;
  assert.deepEqual(addresses(), ['10.0.0.2 53']);
});

test('it never asks itself', (t) => {
  const { file, addresses } = setUp(t);
  writeFileSync(file, 'nameserver 10.208.0.1\nnameserver 10.0.0.1\n');
  assert.deepEqual(addresses(), ['10.0.0.1 53']);
});

test('those that are set come before the file, with a port of their own', (t) => {
  const { file, addresses } = setUp(t, ['10.0.0.7', '127.0.0.1:5353', '[::1]:5300', '::1']);
  writeFileSync(file, 'nameserver 10.0.0.1\n');
  assert.deepEqual(addresses(), ['10.0.0.7 53', '127.0.0.1 5353', '::1 5300', '::1 53']);
});
