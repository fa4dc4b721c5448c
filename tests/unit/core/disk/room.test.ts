import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lacksRoom, missingSize } from '../../../../src/core/disk/room.ts';

const MIB = 1024 ** 2;
const of = { image: 'acme/web:1', root: '/var/lib/docker' };

test('an image that certainly does not fit is refused with both numbers, and with what frees room', () => {
  assert.equal(
    lacksRoom({ ...of, needs: 1200 * MIB, free: 300 * MIB }),
    'image "acme/web:1" does not fit on the disk: it needs more than about 1.2 GiB (compressed), and 300 MiB are free in /var/lib/docker: ' +
      'see what takes room with `orca system df`, free some with `orca system prune`',
  );
  assert.match(
    lacksRoom({ ...of, needs: 1200 * MIB, free: 300 * MIB, place: 'node "web2"' }) ?? '',
    /300 MiB are free in \/var\/lib\/docker of node "web2": /,
  );
  assert.equal(lacksRoom({ ...of, needs: 300 * MIB, free: 300 * MIB }), undefined);
});

test('layers count that no image has at the same place', () => {
  const layers = [{ size: 100 }, { size: 20 }, { size: 3 }];
  const missing = (...present: readonly (readonly string[])[]) => missingSize(layers, ['a', 'b', 'c'], present);
  assert.equal(missing(), 123);
  assert.equal(missing(['a', 'x'], ['y', 'b', 'c']), 23);
  assert.equal(missing(['a', 'b', 'z'], ['a']), 3);
  assert.equal(missing(['a', 'b', 'c', 'd']), 0);
  assert.equal(missing(['a', 'b']), 3);
  assert.equal(missing([]), 123);
});
