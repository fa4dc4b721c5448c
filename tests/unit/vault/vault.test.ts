import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { keyIdOf } from '../../../src/vault/envelope.ts';
import { createVault, type Vault } from '../../../src/vault/vault.ts';

const PLACE = 'webhooks/abc';

function vault(key: Buffer | undefined = randomBytes(32), sealed: readonly string[] = []) {
  return createVault({ file: 'DIR/secret.key', key, sealed: async () => sealed, random: randomBytes });
}

const seal = (it: Vault, text: string): Promise<string> => it.sealing(async (put) => put(PLACE, text));

test('what is sealed is opened again, and reads as nothing', async () => {
  const it = vault();
  for (const text of ['', 'hunter2', 'ü€😀', 'x'.repeat(100_000)]) {
    const sealed = await seal(it, text);
    assert.ok(text === '' || !sealed.includes(text));
    assert.match(sealed, /^orca1\.[0-9a-f]{8}\.[\w-]+$/);
    assert.equal(it.open(PLACE, sealed), text);
  }
});

test('the same value is sealed differently each time', async () => {
  const it = vault();
  assert.notEqual(await seal(it, 'same'), await seal(it, 'same'));
});

test('a sealed value opens in its own place only: two cannot be swapped', async () => {
  const it = vault();
  const sealed = await seal(it, 'secret');
  for (const place of ['webhooks/abd', 'webhooks/ab', 'secrets/abc', ''])
    assert.throws(() => it.open(place, sealed), { code: 'unavailable', message: /changed, or moved/ });
});

test('each flipped bit is found', async () => {
  const it = vault();
  const sealed = await seal(it, 'secret');
  const [head, id, body = ''] = sealed.split('.');
  const bytes = Buffer.from(body, 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    assert.throws(() => it.open(PLACE, [head, id, changed.toString('base64url')].join('.')), { code: 'unavailable' });
  }
  for (let length = 0; length < bytes.length; length += 1)
    assert.throws(() => it.open(PLACE, [head, id, bytes.subarray(0, length).toString('base64url')].join('.')));
});

test('with another key nothing is opened, and nothing is sealed beside what is there', async () => {
  const sealed = await seal(vault(), 'secret');
  const other = vault(randomBytes(32), [sealed]);
  const message = new RegExp(`holds values encrypted with key ${keyIdOf(sealed)}`);
  assert.throws(() => other.open(PLACE, sealed), { code: 'unavailable', message, hint: /backup/ });
  await assert.rejects(seal(other, 'new'), { code: 'unavailable', message });
});

test('without the key everything is refused, with what to do', async () => {
  const sealed = await seal(vault(), 'secret');
  const lost = createVault({
    file: 'DIR/secret.key',
    key: undefined,
    sealed: async () => [sealed],
    random: randomBytes,
  });
  const refusal = { code: 'unavailable', message: /DIR\/secret\.key is missing/, hint: /put the key file back/ };
  assert.throws(() => lost.open(PLACE, sealed), refusal);
  await assert.rejects(seal(lost, 'new'), refusal);
});

test('an envelope of a version that is yet to come is not guessed at', () => {
  assert.throws(() => vault().open(PLACE, 'orca2.01234567.AAAA'), { code: 'unavailable', message: /another version/ });
});
