import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataPlaneRemarks } from '../../src/data-plane-remarks.ts';
import { plainPort } from '../../src/own-ports.ts';
import { hello, setUp } from './controllers/ingress/link-rig.ts';

const LAUNCHER = {
  status: () => ({ state: 'attached', reason: undefined }) as never,
  namesProblem: () => undefined,
  httpsProblem: () => undefined,
};

test('a data plane from before HTTPS is told of, with what to do, where HTTPS is wanted', async (t) => {
  const { link, got, sockets, until, say } = await setUp(t);
  const told = (wantsHttps: boolean) =>
    dataPlaneRemarks(link, LAUNCHER, [], wantsHttps).filter((one) => one.startsWith('HTTPS'));
  link.start();
  await until(() => got.length === 1);
  assert.deepEqual(told(true), [], 'of none nothing is known');
  say(hello);
  await until(() => link.connected());
  assert.deepEqual(told(false), []);
  assert.equal(told(true).length, 1);
  assert.match(told(true)[0] ?? '', /started by an earlier version.*orca server --stop --all/);
  sockets[0]?.destroy();
  await until(() => sockets.length === 2);
  say({ ...hello, takes: ['certificates'] });
  await until(() => link.certificates());
  assert.deepEqual(told(true), []);
});

test('the port of HTTPS is not taken for that of HTTP, where HTTP is off', async (t) => {
  const { link, got, sockets, until, say } = await setUp(t);
  link.start();
  await until(() => got.length === 1);
  say({ ...hello, ports: [8443], https: 8443, settings: { http: 'off' } });
  await until(() => link.connected());
  assert.deepEqual([link.ports(), plainPort(link)], [[8443], undefined]);
  sockets[0]?.destroy();
  await until(() => sockets.length === 2);
  say({ ...hello, ports: [8080, 8443], https: 8443 });
  await until(() => link.ports().length === 2);
  assert.equal(plainPort(link), 8080);
});
