import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createFingerprint } from '../../../src/identity/fingerprint.ts';
import { ensureSecretKey } from '../../../src/identity/secret-key.ts';

function place(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'orca-key-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, 'secret.key');
}

const isInUse = async () => false;

test('the key is made once, for its owner only, and read ever after', async (t) => {
  const file = place(t);
  const key = await ensureSecretKey({ file, random: randomBytes, isInUse });
  assert.equal(key?.length, 32);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(await ensureSecretKey({ file, random: () => assert.fail('made anew'), isInUse }), key);
});

test('a file that holds no key is refused, not replaced', async (t) => {
  const file = place(t);
  for (const text of ['', 'abc\n', `${'g'.repeat(64)}\n`]) {
    writeFileSync(file, text);
    await assert.rejects(ensureSecretKey({ file, random: randomBytes, isInUse }), {
      code: 'unavailable',
      message: /no key of 32/,
    });
  }
});

test('a lost key is made anew only while nothing is encrypted with it', async (t) => {
  const file = place(t);
  const random = () => assert.fail('made anew');
  assert.equal(await ensureSecretKey({ file, random, isInUse: async () => true }), undefined);
  assert.equal(existsSync(file), false);
  assert.ok(await ensureSecretKey({ file, random: randomBytes, isInUse }));
});

test('a fingerprint depends on the key, and on each part of the place', () => {
  const [one, other] = [randomBytes(32), randomBytes(32)].map((key) => createFingerprint(() => key));
  assert.ok(one && other);
  assert.equal(one(['shop', 'web', 'env.A', 'x']), one(['shop', 'web', 'env.A', 'x']));
  const marks = [
    one(['shop', 'web', 'env.A', 'x']),
    other(['shop', 'web', 'env.A', 'x']),
    one(['shop', 'web', 'env.B', 'x']),
    one(['shop', 'we', 'benv.A', 'x']),
    one(['shop', 'web', 'env.A', 'y']),
  ];
  assert.equal(new Set(marks).size, marks.length);
});
