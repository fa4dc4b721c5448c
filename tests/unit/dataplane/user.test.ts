import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OrcaError } from '../../../src/core/errors.ts';
import { chooseUsers } from '../../../src/dataplane/user.ts';

const root = 'root:x:0:0:root:/root:/bin/sh\n';

test('the accounts made for them are taken', () => {
  const accounts = 'orca-ingress:x:998:997::/:/bin/false\norca-supervisor:x:996:995::/:/bin/false\n';
  assert.deepEqual(chooseUsers(`${root}${accounts}`), {
    supervisor: { uid: 996, gid: 995 },
    worker: { uid: 998, gid: 997 },
  });
});

test('without them they are numbers that nobody has, and two', () => {
  assert.deepEqual(chooseUsers(root), {
    supervisor: { uid: 60881, gid: 60881 },
    worker: { uid: 60880, gid: 60880 },
  });
});

test('whoever is named is taken, and the account is not asked for', () => {
  const named = { uid: 7, gid: 8 };
  const taken = `${root}eve:x:60880:100::/:/bin/sh\n`;
  assert.deepEqual(chooseUsers(taken, { worker: named }), { supervisor: { uid: 60881, gid: 60881 }, worker: named });
});

test('a number that somebody has is refused, naming them', () => {
  for (const uid of [60880, 60881]) {
    assert.throws(
      () => chooseUsers(`${root}eve:x:${uid}:100::/home/eve:/bin/sh\n`),
      (error) => {
        assert.ok(error instanceof OrcaError && error.code === 'conflict');
        assert.match(error.message, /"eve"/);
        return true;
      },
    );
  }
});

test('an account that is root under another name is refused', () => {
  assert.throws(() => chooseUsers('orca-ingress:x:0:0::/:/bin/sh\n'), OrcaError);
  assert.throws(() => chooseUsers('orca-supervisor:x:998:0::/:/bin/sh\n'), OrcaError);
});

test('one user for both is refused', () => {
  const one = { uid: 60880, gid: 1 };
  assert.throws(() => chooseUsers(root, { supervisor: one }), /must not have the user of their supervisor, 60880/);
});
