import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OrcaError } from '../../../src/core/errors.ts';
import { chooseUser } from '../../../src/dataplane/user.ts';

const root = 'root:x:0:0:root:/root:/bin/sh\n';

test('the account made for it is taken', () => {
  assert.deepEqual(chooseUser(`${root}orca-ingress:x:998:997::/nonexistent:/usr/sbin/nologin\n`), {
    uid: 998,
    gid: 997,
  });
});

test('without one it is a number that nobody has', () => {
  assert.deepEqual(chooseUser(root), { uid: 60880, gid: 60880 });
});

test('a number that somebody has is refused, naming them', () => {
  assert.throws(
    () => chooseUser(`${root}eve:x:60880:100::/home/eve:/bin/sh\n`),
    (error) => {
      assert.ok(error instanceof OrcaError && error.code === 'conflict');
      assert.match(error.message, /"eve"/);
      return true;
    },
  );
});

test('an account that is root under another name is refused', () => {
  assert.throws(() => chooseUser('orca-ingress:x:0:0::/:/bin/sh\n'), OrcaError);
  assert.throws(() => chooseUser('orca-ingress:x:998:0::/:/bin/sh\n'), OrcaError);
});
