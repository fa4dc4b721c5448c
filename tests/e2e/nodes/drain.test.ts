import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { DrainBody } from '../../../src/contract/drain.ts';
import type { NodeBody } from '../../../src/contract/nodes.ts';
import type { Ran } from '../../lab/cluster.ts';
import { type LabMachine, type LabNodes, startNodes } from '../../lab/nodes.ts';
import { until } from '../../lab/until.ts';

/** A master and a machine that joined, each with an engine of its own: the one is emptied onto the other. */
let lab: LabNodes;
let m1: LabMachine;

const MINUTE = 60_000;
const said = ({ stdout, stderr }: Ran): string => `${stdout}${stderr}`;
const done = async (...args: readonly string[]): Promise<string> => {
  const ran = await lab.master.orca(...args);
  assert.equal(ran.code, 0, `orca ${args.join(' ')}: ${said(ran)}`);
  return ran.stdout;
};
const api = async <T>(path: string): Promise<T> => JSON.parse((await lab.master.api('GET', path)).body) as T;
const takesTasks = () =>
  until('m1 to take tasks', async () => (await api<NodeBody>('/api/v1/cluster/nodes/m1')).runs_services);
const drain = () => api<DrainBody>('/v1/hosts/m1/drain-status');

const running = async (engine: LabMachine['engine'], service: string): Promise<number> =>
  (await engine.docker(['ps', '--quiet', '--filter', `label=orca.service=${service}`])).split('\n').filter(Boolean)
    .length;
const counts = async (service: string) => [
  await running(lab.master.engine, service),
  await running(m1.engine, service),
];

/** @param placed where tasks are put that are new */
const services = (replicas: number, placed = ''): string =>
  lab.master.manifest(
    'shop',
    `project: shop
services:
  web: {image: "orca-test/web:1", port: 8080, domain: shop.example.com, replicas: ${replicas}, deploy: {monitor: 0s}${placed}}
  idle: {image: "orca-test/web:1", replicas: ${replicas}, deploy: {monitor: 0s}${placed}}
`,
  );

before(async () => {
  lab = await startNodes({ machines: 1, images: ['orca-test/web:1'] });
  const [one] = lab.machines;
  assert.ok(one);
  m1 = one;
  const ran = await m1.join(await lab.token());
  assert.equal(ran.code, 0, said(ran));
  await takesTasks();
  await done('node', 'set', 'm1', 'ingress=true');
  await takesTasks();
  await done('deploy', '-f', services(2, ', placement: {node: m1}'), '--json');
  await done('deploy', '-f', services(4), '--json');
  assert.deepEqual([...(await counts('web')), ...(await counts('idle'))], [2, 2, 2, 2]);
});
after(() => lab?.stop());

describe('a node that is drained', () => {
  it('gives its tasks away while requests come in, and none of these fails; it is drained once none is left', async () => {
    const bad: string[] = [];
    let isOver = false;
    const asking = (async () => {
      while (!isOver) {
        const answer = await lab.master.ask('shop.example.com').catch((error: Error) => error.message);
        if (typeof answer === 'string' || answer.status !== 200) bad.push(JSON.stringify(answer));
      }
    })();
    const told = await done('node', 'drain', 'm1');
    isOver = true;
    await asking;
    assert.match(told, /m1 is drained: none of its tasks is left/);
    assert.deepEqual(bad, []);
    await until('its containers to go', async () => (await m1.containers()).trim() === '');
    assert.deepEqual(
      [await counts('web'), await counts('idle')],
      [
        [4, 0],
        [4, 0],
      ],
    );
  });

  it('takes tasks again, and gives them back though the master is killed in the middle, and the agent too', async () => {
    await done('node', 'undrain', 'm1');
    await takesTasks();
    await done('scale', 'idle=8');
    await until('tasks on m1', async () => (await counts('idle')).every((count) => count === 4));
    await done('node', 'drain', 'm1', '--no-wait');
    await lab.master.killServer();
    await m1.killAgent();
    await lab.master.startServer();
    await m1.startAgent();
    await until('the end of the drain', async () => (await drain()).done, 5 * MINUTE);
    await until('no task twice', async () => (await counts('idle')).join() === '8,0');
  });
});
