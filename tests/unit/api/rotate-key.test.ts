import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { secretFingerprint } from '../../../src/api/secrets/fingerprint.ts';
import { setSecrets } from '../../../src/api/secrets/manage.ts';
import { finishRotation, rotateKey } from '../../../src/api/secrets/rotate-key.ts';
import { keyOfLogin } from '../../../src/core/model/registry-login.ts';
import { createFingerprint } from '../../../src/identity/fingerprint.ts';
import { adoptNextKey, ensureSecretKey, readNextKey, writeNextKey } from '../../../src/identity/secret-key.ts';
import { openStore } from '../../../src/store/open.ts';
import { holdsSealed, sealedRecords } from '../../../src/store/sealed.ts';
import { createState } from '../../../src/store/state.ts';
import { createVault } from '../../../src/vault/vault.ts';

const ADMIN = { id: 'a', name: 'admin', role: 'admin' } as const;
const VALUES = Object.fromEntries(Array.from({ length: 5 }, (_, n) => [`KEY_${n}`, `value ${n}`]));

class Killed extends Error {}

/** A server's life over one folder, killed before the step of this number; infinite: it lives. */
async function life(t: TestContext, folder: string, killedAt = Number.POSITIVE_INFINITY) {
  let steps = 0;
  const step = async <T>(act: () => Promise<T>): Promise<T> => {
    if (steps >= killedAt) throw new Killed();
    steps += 1;
    return act();
  };
  const store = await openStore(`file:${folder}/orca.db`);
  const state = createState({ ...store, txn: (txn) => step(() => store.txn(txn)) });
  const file = join(folder, 'secret.key');
  const sealed = async () => (await sealedRecords(state)).records.map(({ envelope }) => envelope);
  const next = await readNextKey(file);
  const key = await ensureSecretKey({ file, random: randomBytes, isInUse: () => holdsSealed(state) });
  const vault = createVault({ file, key, next, sealed, random: randomBytes });
  let used = next ?? key ?? Buffer.alloc(32);
  const fingerprint = secretFingerprint(createFingerprint(() => used));
  const keyFile = {
    writeNext: () =>
      step(async () => {
        used = await writeNextKey(file, randomBytes);
        return used;
      }),
    adoptNext: () => step(() => adoptNextKey(file)),
  };
  const rotation = { state, vault, fingerprint, keyFile };
  let isOpen = true;
  const close = async () => {
    if (isOpen) await store.close();
    isOpen = false;
  };
  t.after(close);
  const values = async () =>
    Object.fromEntries(
      (await state.secretVersions.list('shop')).map(({ key: place, value }) => [
        value.key,
        vault.open(place, value.value),
      ]),
    );
  const set = (all: Readonly<Record<string, string>>) =>
    setSecrets({ state, vault, fingerprint, clock: { now: () => 1 } }, { scope: 'shop', values: all }, ADMIN);
  return { state, vault, rotation, values, set, file, next, sealed, close, steps: () => steps };
}

async function place(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'orca-rotate-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('a rotation encrypts everything with a new key, and the old one opens nothing', async (t) => {
  const folder = await place(t);
  const one = await life(t, folder);
  await one.set(VALUES);
  const [before, oldKey] = [await one.sealed(), readFileSync(one.file, 'utf8')];
  const marks = (await one.state.secretVersions.list()).map(({ value }) => value.fingerprint);
  assert.equal(await rotateKey(one.rotation), 5);
  assert.deepEqual(await one.values(), VALUES);
  assert.notEqual(readFileSync(one.file, 'utf8'), oldKey);
  assert.equal(statSync(one.file).mode & 0o777, 0o600);
  assert.equal(existsSync(`${one.file}.next`), false);
  const after = await one.sealed();
  const old = createVault({
    file: one.file,
    key: Buffer.from(oldKey.trim(), 'hex'),
    sealed: async () => [],
    random: randomBytes,
  });
  for (const [index, { key }] of (await one.state.secretVersions.list()).entries()) {
    assert.notEqual(after[index], before[index]);
    assert.throws(() => old.open(key, after[index] ?? ''), { code: 'unavailable' });
  }
  const renewed = (await one.state.secretVersions.list()).map(({ value }) => value.fingerprint);
  assert.ok(renewed.every((mark) => !marks.includes(mark)));
  await one.close();
  assert.deepEqual(await (await life(t, folder)).values(), VALUES);
});

test('of two rotations at once the second is refused, and nothing is lost', async (t) => {
  const folder = await place(t);
  const one = await life(t, folder);
  await one.set(VALUES);
  const outcomes = await Promise.allSettled([rotateKey(one.rotation), rotateKey(one.rotation)]);
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  assert.deepEqual(
    refused.map(({ code, message }) => [code, message]),
    [['conflict', 'the key is being replaced']],
  );
  await one.close();
  const two = await life(t, folder);
  assert.deepEqual(await two.values(), VALUES);
  assert.equal(await rotateKey(two.rotation), 5, 'once one has ended another may begin');
});

test('a rotation encrypts registry logins anew, each for its own place', async (t) => {
  const { state, vault, rotation } = await life(t, await place(t));
  const of = 'registry.example.com/team-a';
  const password = await vault.sealing(async (seal) => seal(keyOfLogin(of), 'sesame'));
  const login = { place: of, username: 'team-a', password, createdBy: 'admin', createdAt: 1 };
  await state.store.txn({ then: [state.registryLogins.put(login)] });
  assert.equal(await rotateKey(rotation), 1);
  const renewed = (await state.registryLogins.list())[0]?.value;
  assert.notEqual(renewed?.password, password);
  assert.deepEqual({ ...renewed, password }, login);
  assert.equal(vault.open(keyOfLogin(of), renewed?.password ?? ''), 'sesame');
});

test('killed before any step, everything can be read, and the next start finishes it', async (t) => {
  let total = 0;
  {
    const folder = await place(t);
    const whole = await life(t, folder);
    await whole.set(VALUES);
    const before = whole.steps();
    await rotateKey(whole.rotation);
    total = whole.steps() - before;
  }
  assert.equal(total, 7, 'a key, five values, the key adopted');
  for (let killedAt = 0; killedAt < total; killedAt += 1) {
    const folder = await place(t);
    const first = await life(t, folder);
    await first.set(VALUES);
    await first.close();
    const killed = await life(t, folder, killedAt);
    await assert.rejects(rotateKey(killed.rotation), Killed);
    assert.deepEqual(await killed.values(), VALUES, `in the process, before step ${killedAt}`);
    await killed.close();
    const next = await life(t, folder);
    assert.deepEqual(await next.values(), VALUES, `killed before step ${killedAt}`);
    await next.set({ KEY_0: 'new', KEY_9: 'more' });
    assert.equal(next.next !== undefined, killedAt > 0);
    if (next.next) await finishRotation(next.rotation);
    else await rotateKey(next.rotation);
    await next.close();
    const last = await life(t, folder);
    assert.equal(last.next, undefined);
    assert.deepEqual(await last.values(), { ...VALUES, KEY_0: 'new', KEY_9: 'more' });
  }
});

test('with another key, or none, nothing is rotated and no file is touched', async (t) => {
  const folder = await place(t);
  const one = await life(t, folder);
  await one.set(VALUES);
  await one.close();
  const file = join(folder, 'secret.key');
  const { writeFileSync } = await import('node:fs');
  const stranger = `${'ab'.repeat(32)}\n`;
  writeFileSync(file, stranger);
  const other = await life(t, folder);
  const sealed = await other.sealed();
  const refusal = { code: 'unavailable', message: /holds values encrypted with key/ };
  await assert.rejects(rotateKey(other.rotation), refusal);
  await assert.rejects(other.set({ NEW: 'x' }), refusal);
  assert.equal(readFileSync(file, 'utf8'), stranger);
  assert.equal(existsSync(`${file}.next`), false);
  await other.close();
  await rm(file);
  const lost = await life(t, folder);
  await assert.rejects(rotateKey(lost.rotation), { code: 'unavailable', message: /secret\.key is missing/ });
  assert.equal(existsSync(file), false);
  assert.deepEqual(await lost.sealed(), sealed);
});

test('a lost key is not made anew beside encrypted records of which none can be read', async (t) => {
  const folder = await place(t);
  const one = await life(t, folder);
  await one.set({ KEY: 'value' });
  const [record] = await one.state.secretVersions.list('shop');
  await one.state.store.txn({ then: [{ put: record?.key ?? '', value: '{"v":1,"key":7}' }] });
  await one.close();
  await rm(one.file);
  const lost = await life(t, folder);
  assert.equal(existsSync(lost.file), false);
});

test('what is sealed while the key is replaced is there afterwards', async (t) => {
  const folder = await place(t);
  const one = await life(t, folder);
  await one.set(VALUES);
  const more = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`MORE_${n}`, `more ${n}`]));
  await Promise.all([
    ...Object.entries(more).map(([key, value]) => one.set({ [key]: value })),
    rotateKey(one.rotation),
  ]);
  await one.close();
  const next = await life(t, folder);
  assert.equal(next.next, undefined);
  assert.deepEqual(await next.values(), { ...VALUES, ...more });
});
