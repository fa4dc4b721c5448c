import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { createIngressLink } from '../../../src/controllers/ingress/link.ts';
import { MAX_CONTROL_LINE } from '../../../src/core/route/protocol.ts';
import { createPlaneKeeper } from '../../../src/plane-keeper.ts';
import { CLUSTER, clock, finallyDo, quiet, startLab, table, until } from './support/lab.ts';

/** What the control socket answers to these bytes before it closes the connection. */
async function say(dir: string, bytes: string | Buffer): Promise<string> {
  const socket = connect(join(dir, 'ingress', 'control.sock'));
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {}); // It may be closed while there is still something to write.
  socket.write(bytes);
  await once(socket, 'close');
  return text;
}

const hello = (fields: object = {}): string =>
  `${JSON.stringify({ type: 'hello', protocol: 2, cluster: CLUSTER, term: 5, ...fields })}\n`;

test('whatever comes over the control socket that is not the protocol ends that connection only', async (t) => {
  const { dir, link, launcher } = await startLab(t, { term: 5 });
  link.publish(table(1, [], [], 5));
  await until('acknowledged', () => link.settled());
  const since = link.connected()?.since;
  assert.match(await say(dir, 'GET / HTTP/1.1\r\n\r\n'), /"refused".*not a message/);
  assert.match(await say(dir, '\n'), /not a message/);
  assert.match(await say(dir, `${JSON.stringify({ type: 'stop', grace: 0 })}\n`), /must be a hello/);
  assert.match(await say(dir, '{"type":"table"}\n'), /not a message/);
  assert.match(await say(dir, Buffer.from([0, 255, 254, 10])), /not a message/);
  assert.match(await say(dir, `${'['.repeat(100_000)}\n`), /not a message/);
  assert.match(await say(dir, hello({ protocol: 3 })), /version 2 of the control protocol, not 3/);
  assert.match(await say(dir, `${hello()}{"type":"table","table":{"id":null}}\n`), /not a message/);
  const foreign = { ...table(9, [], [], 5), id: { cluster: 'other', term: 5, revision: 9 } };
  assert.match(await say(dir, `${hello()}${JSON.stringify({ type: 'table', table: foreign })}\n`), /another cluster/);
  assert.match(await say(dir, 'x'.repeat(MAX_CONTROL_LINE + 1)), /longer than/);
  assert.equal(link.connected()?.since, since);
  assert.equal(launcher.status().restarts, 0);
  assert.equal(link.workers()?.length, 2);
});

test('too many connections are refused, and the ones before go on', async (t) => {
  const { dir, link } = await startLab(t);
  await until('connected', () => link.connected());
  const sockets = Array.from({ length: 15 }, () => connect(join(dir, 'ingress', 'control.sock')));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  assert.match(await say(dir, ''), /are open already/);
  link.publish(table(1, [], []));
  await until('acknowledged', () => link.settled());
  for (const socket of sockets) socket.destroy();
});

test('a master of a lower term or of another cluster is refused with the reason', async (t) => {
  const { dir, link } = await startLab(t, { term: 5 });
  await until('connected', () => link.connected());
  for (const [fields, reason] of [
    [{ cluster: CLUSTER, term: 4 }, 'this data plane has seen a master of term 5, and you are of term 4'],
    [{ cluster: 'c2', term: 9 }, `this data plane serves the cluster "${CLUSTER}", not "c2"; stop it first`],
  ] as const) {
    const other = createIngressLink({ dir, ...fields, log: quiet, clock });
    finallyDo(t, () => other.close());
    other.start();
    assert.equal(await until('refused', () => other.refused()), reason);
    assert.equal(other.connected(), undefined);
  }
  assert.ok(link.connected());
});

test('a master of a higher term takes over, and the former one is told', async (t) => {
  const { dir, link } = await startLab(t, { term: 5 });
  link.publish(table(7, [], [], 5));
  await until('acknowledged', () => link.settled());
  const next = createIngressLink({ dir, cluster: CLUSTER, term: 6, log: quiet, clock });
  finallyDo(t, () => next.close());
  next.start();
  next.publish(table(1, [], [], 6));
  await until('acknowledged', () => next.settled());
  assert.match(await until('refused', () => link.refused()), /a master of term 6 has taken over|of term 6, and you/);
  assert.equal(link.connected(), undefined);
});

test('a keeper is told who it is, gives no tables, rules nothing, and may ask it to stop', async (t) => {
  const { dir, link } = await startLab(t);
  await until('connected', () => link.connected());
  const keeper = createPlaneKeeper({ dir, cluster: 'another', log: quiet });
  finallyDo(t, () => keeper.close());
  keeper.start();
  const first = await until('told', () => keeper.connected());
  assert.deepEqual(first, { pid: link.connected()?.pid });
  const given = `${JSON.stringify({ type: 'table', table: table(1, [], [], 0) })}\n`;
  assert.match(
    await say(dir, hello({ term: 0, as: 'keeper' }) + given),
    /"hello".*"refused".*only a master gives tables/s,
  );
  assert.equal(link.connected()?.pid, first.pid);
  assert.ok(keeper.stopDataPlane(0));
  await until('another one', () => keeper.connected() !== undefined && keeper.connected()?.pid !== first.pid);
});

test('a table older than the one in use is ignored', async (t) => {
  const { dir, link } = await startLab(t);
  link.publish(table(5, [], []));
  await until('acknowledged', () => link.settled());
  const other = createIngressLink({ dir, cluster: CLUSTER, term: 1, log: quiet, clock });
  finallyDo(t, () => other.close());
  other.start();
  await until('connected', () => other.connected());
  other.publish(table(4, [], []));
  other.publish(table(6, [], []));
  const seen: (number | undefined)[] = [];
  const used = () => link.workers()?.map(({ table: one }) => one?.revision) ?? [];
  link.onChange(() => seen.push(...used()));
  await until('the later one is in use', () => other.settled());
  await until('that is told to both', () => used().join() === '6,6');
  assert.ok(!seen.includes(4), seen.join());
});
