import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { OrcaError } from '../../../src/core/errors.ts';
import { ensureAdminToken } from '../../../src/identity/admin-token.ts';
import { createIdentity, reaches, requireRole } from '../../../src/identity/authenticate.ts';
import { digestOf, idOf, newToken, sameDigest } from '../../../src/identity/token.ts';
import type { Store } from '../../../src/store/contract.ts';
import { openStore } from '../../../src/store/open.ts';
import { createState, type State } from '../../../src/store/state.ts';

describe('identity', () => {
  let folder: string;
  let store: Store;
  let state: State;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'orca-identity-'));
    store = await openStore(`file:${folder}/orca.db`);
    state = createState(store);
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  const identity = (now = 100) => createIdentity({ state, clock: { now: () => now } });
  const ensure = (options: Partial<Parameters<typeof ensureAdminToken>[0]> = {}) =>
    ensureAdminToken({ state, file: path.join(folder, 'admin.token'), now: 50, random: randomBytes, ...options });
  const isUnauthorized = (error: unknown) => error instanceof OrcaError && error.code === 'unauthorized';

  it('makes tokens of 256 random bits with a prefix that leak scanners can find', () => {
    const token = newToken(randomBytes);
    assert.match(token, /^orca_[\w-]{43}$/);
    assert.notEqual(newToken(randomBytes), token);
  });

  it('makes the admin token once, in a file for its owner only, and keeps nothing but its digest', async () => {
    const first = await ensure();
    assert.ok(first.isNew);
    const file = path.join(folder, 'admin.token');
    assert.equal(await readFile(file, 'utf8'), `${first.token}\n`);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.includes('token')),
      ['admin.token'],
    );
    const { entries } = await store.range({ prefix: 'tokens/' });
    assert.equal(entries.length, 1);
    assert.ok(!entries[0]?.value.includes(first.token));
    const caller = await identity().authenticate(first.token);
    assert.deepEqual([caller.name, caller.role, caller.projects], ['admin', 'admin', undefined]);
    assert.deepEqual(await ensure(), { isNew: false });
  });

  it('does not make another one when the file is lost', async () => {
    await ensure();
    await rm(path.join(folder, 'admin.token'));
    assert.deepEqual(await ensure(), { isNew: false });
    await assert.rejects(readFile(path.join(folder, 'admin.token')));
  });

  it('makes both anew when it was stopped between the file and the record', async () => {
    const failing = { ...state, store: { ...store, txn: () => Promise.reject(new Error('killed')) } };
    await assert.rejects(ensure({ state: failing as never }));
    const again = await ensure();
    assert.ok(again.isNew);
    assert.ok(await identity().authenticate(again.token));
  });

  it('stores no record when the file cannot be written', async () => {
    await mkdir(path.join(folder, 'admin.token'));
    await assert.rejects(ensure());
    assert.equal((await state.tokens.list()).length, 0);
  });

  it("refuses a token that is nobody's, was taken away, or has expired", async () => {
    const { token } = (await ensure()) as { token: string };
    await assert.rejects(identity().authenticate(newToken(randomBytes)), isUnauthorized);
    await assert.rejects(identity().authenticate(''), isUnauthorized);
    const record = (await state.tokens.list())[0]?.value;
    assert.ok(record);
    await store.txn({ then: [state.tokens.put({ ...record, expiresAt: 200 })] });
    assert.ok(await identity(199).authenticate(token));
    await assert.rejects(identity(200).authenticate(token), /expired/);
    await store.txn({ then: [state.tokens.remove(record)] });
    await assert.rejects(identity().authenticate(token), isUnauthorized);
  });

  it('refuses a token whose digest only begins like the stored one', async () => {
    const token = newToken(randomBytes);
    const digest = digestOf(token);
    const forged = `${idOf(digest)}${'0'.repeat(48)}`;
    await store.txn({
      then: [state.tokens.put({ id: idOf(digest), name: 'x', digest: forged, role: 'admin', createdAt: 1 })],
    });
    await assert.rejects(identity().authenticate(token), isUnauthorized);
    assert.equal(sameDigest(digest, forged), false);
    assert.equal(sameDigest(digest, digest), true);
    assert.equal(sameDigest(digest, ''), false);
  });

  it('lets a role do what lower roles may, and names what is missing', () => {
    const deployer = { id: 'x', name: 'ci', role: 'deployer', projects: undefined, expiresAt: undefined } as const;
    requireRole(deployer, 'viewer');
    requireRole(deployer, 'deployer');
    assert.throws(() => requireRole(deployer, 'admin'), /needs the role admin; the token "ci" has deployer/);
  });

  it('reaches all projects without a list, and those of the list with one', () => {
    assert.equal(reaches({ projects: undefined }, 'shop'), true);
    assert.equal(reaches({ projects: ['shop'] }, 'shop'), true);
    assert.equal(reaches({ projects: ['shop'] }, 'blog'), false);
    assert.equal(reaches({ projects: [] }, 'shop'), false);
  });
});
