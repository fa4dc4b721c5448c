import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hello, setUp, table } from './link-rig.ts';

test('certificates are sent on each connection, before the table, and what the data plane uses of them is known', async (t) => {
  const { link, got, sockets, until, say } = await setUp(t);
  const set = { id: 'one', certificates: [], challenges: { http01: [], alpn: [] } };
  link.useCertificates(set);
  link.publish(table(1));
  link.start();
  await until(() => got.length === 1);
  say({ ...hello, takes: ['certificates'] });
  await until(() => got.length === 3);
  assert.deepEqual(got.slice(1), [
    { type: 'certificates', set },
    { type: 'table', table: table(1) },
  ]);
  assert.deepEqual(link.certificates(), { id: null, problems: [] });
  say({ type: 'certificates', id: 'one', problems: ['a key does not fit'] });
  await until(() => link.certificates()?.id === 'one');
  assert.deepEqual(link.certificates()?.problems, ['a key does not fit']);
  link.useCertificates({ ...set, id: 'two' });
  await until(() => got.length === 4);
  sockets[0]?.destroy();
  await until(() => link.certificates() === undefined);
  await until(() => sockets.length === 2);
  say({ ...hello, takes: ['certificates'] });
  await until(() => got.some((one, i) => i > 3 && one.type === 'certificates' && one.set.id === 'two'));
});

test('a data plane from before certificates is sent none', async (t) => {
  const { link, got, until, say } = await setUp(t);
  link.useCertificates({ id: 'one', certificates: [], challenges: { http01: [], alpn: [] } });
  link.publish(table(1));
  link.start();
  await until(() => got.length === 1);
  say(hello);
  await until(() => got.length === 2);
  assert.deepEqual(got[1], { type: 'table', table: table(1) });
  assert.equal(link.certificates(), undefined);
});
