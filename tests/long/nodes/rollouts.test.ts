import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { CI } from '../../lab/registry/accounts.ts';
import { until } from '../../lab/until.ts';
import { loadOn, MINUTE, said, startThree, type Three } from '../support/three.ts';

/** How versions are replaced across two real nodes, while requests come in at a third and at one of them. */
const HOST = 'shop.example.com';
const RATE = 120;
const TASKS = 4;

let three: Three;

before(async () => {
  three = await startThree(['orca-test/app:1', 'orca-test/app:2', 'orca-test/web:1']);
  await three.done('node', 'set', 'm2', 'ingress=true');
  for (const name of ['m1', 'm2']) await three.done('node', 'set', name, '--label', 'far=yes');
  await three.allTakeTasks();
  await three.deploy(web(1, ''));
  assert.deepEqual(await three.counts('web'), [0, TASKS / 2, TASKS / 2]);
});
after(() => three?.stop());

const web = (version: number, deploy: string) =>
  `web: {image: "orca-test/app:${version}", port: 8080, domain: ${HOST}, health: /healthz, replicas: ${TASKS}, placement: {labels: {far: "yes"}}, env: {SLOW_MS: "20", SHUTDOWN_MS: "300"}, deploy: {monitor: 500ms${deploy}}}`;
const load = () => loadOn([three.lab.master.engine, three.m2.engine], { host: HOST, rate: RATE / 2, sockets: 5 });

/** Which versions answer, as long as it takes to have seen these. */
const answersBy = (...versions: readonly string[]) =>
  until(
    `answers by ${versions}`,
    async () => {
      const seen = new Set<string>();
      for (let asked = 0; asked < 40; asked += 1)
        seen.add(String((await three.lab.master.ask(HOST)).headers['x-version']));
      return [...seen].sort().join() === versions.join();
    },
    MINUTE,
  );

/** Of `web`, on each node. */
const settled = () =>
  until('the old tasks to be gone', async () => (await three.counts('web')).reduce((a, b) => a + b) === TASKS, MINUTE);

describe('a version that is replaced across two nodes', () => {
  it('as a canary has its share, and is promoted, and no request fails', async () => {
    const loads = await load();
    await three.deploy(web(2, ', strategy: canary, canary: {steps: [50], by: request}'));
    await answersBy('1', '2');
    await three.done('promote', 'web');
    await answersBy('2');
    await loads.end();
    await settled();
  });

  it('as a canary is taken back, and no request fails', async () => {
    const loads = await load();
    await three.deploy(web(1, ', strategy: canary, canary: {steps: [50], by: request}'));
    await answersBy('1', '2');
    await three.done('rollback', 'web');
    await answersBy('2');
    await loads.end();
    await settled();
  });

  it('all at once answers from then on, and no request fails', async () => {
    const loads = await load();
    await three.deploy(web(1, ', strategy: blue-green, keep: 1s'));
    await answersBy('1');
    await loads.end();
    await settled();
  });
});

describe('an image of a registry with a password', () => {
  it('is pulled on a node that joined, with the login that the master has', async () => {
    // `127.0.0.1` is each machine's own: the same image is in a registry of each.
    const digests = [];
    let host = '';
    for (const engine of [three.lab.master.engine, three.m1.engine]) {
      const registry = await engine.startRegistry('password');
      digests.push(await registry.push('orca-test/web:1', 'base/one:1'));
      host = registry.host;
    }
    assert.equal(digests[0], digests[1]);
    const file = three.manifest(`locked: {image: "${host}/base/one:1", deploy: {monitor: 0s}, placement: {node: m1}}`);
    const refused = await three.lab.master.orca('deploy', '-f', file);
    assert.notEqual(refused.code, 0);
    assert.match(said(refused), /needs a login/);
    const login = three.lab.master.startOrca('registry', 'login', '--password-stdin', host, '--username', CI.name);
    login.stdin?.end(`${CI.password}\n`);
    assert.deepEqual(await once(login, 'close'), [0, null]);
    await three.done('deploy', '-f', file, '--json');
    assert.deepEqual(await three.counts('locked'), [0, 1, 0]);
  });
});
