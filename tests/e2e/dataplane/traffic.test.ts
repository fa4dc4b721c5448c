import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTrafficBook } from '../../../src/controllers/ingress/traffic.ts';
import { requestsOf } from '../../../src/core/traffic/traffic.ts';
import { ask, CLUSTER, finallyDo, isAlive, route, startApp, startLab, table, target, until } from './support/lab.ts';

const SERVICE = 'shop/web';

test('requests are counted across workers and revisions, and counters go on when a worker or the data plane is killed', async (t) => {
  const book = createTrafficBook(() => performance.now());
  const lab = await startLab(t, { args: ['--worker', 'real'], onTraffic: book.hear });
  const { link, port } = lab;
  const app = await startApp(t);
  const targets = [target('a', app.port), target('b', app.port, { revision: 2 })];
  const routes = [route(['a']), route(['b'], 'new.test')];
  link.publish(table(1, targets, routes));
  const isServing = () => link.settled() && link.health('a')?.ready && link.health('b')?.ready;
  await until('ready', isServing);
  const requests = () => book.overLast(SERVICE, 60).map((one) => requestsOf(one));
  const askMany = async (times: number, host?: string) => {
    for (let count = 0; count < times; count += 1) assert.equal((await ask(port, '/', host)).status, 200);
  };

  await askMany(20);
  await askMany(5, 'new.test');
  await until('told', () => requests().join() === '0,20,5');

  const [victim] = link.workers() ?? [];
  assert.ok(victim);
  process.kill(victim.pid, 'SIGKILL');
  await until('replaced', () => !isAlive(victim.pid) && link.workers()?.length === 2 && isServing());
  await askMany(4);
  await until('told', () => requests().join() === '0,24,5');

  const before = link.connected()?.pid ?? 0;
  process.kill(before, 'SIGKILL');
  await until('started again', () => link.connected()?.pid !== before && link.workers()?.length === 2 && isServing());
  await askMany(3, 'new.test');
  await until('told', () => requests().join() === '0,24,8');
  assert.equal(requestsOf(book.sum()), 32);
});

test('a master from before these counters is told none, as it would take them for no message', async (t) => {
  const lab = await startLab(t, { args: ['--worker', 'real'] });
  await until('connected', () => lab.link.connected());
  const say = (hello: object) => {
    const socket = connect(join(lab.dir, 'ingress', 'control.sock'));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.write(`${JSON.stringify({ type: 'hello', protocol: 2, cluster: CLUSTER, term: 1, ...hello })}\n`);
    finallyDo(t, () => socket.destroy());
    return () => [...text.matchAll(/"type":"(\w+)"/g)].map(([, type]) => type).join();
  };
  const [old, present] = [say({}), say({ wants: ['traffic', 'what comes later'] })];
  await until('told', () => old().includes('workers') && present().includes('traffic'));
  assert.match(old(), /^hello,stats,health,workers\b/);
  assert.doesNotMatch(old(), /traffic/);
  assert.match(present(), /^hello,stats,health,workers,traffic\b/);
});
