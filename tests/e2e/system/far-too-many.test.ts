import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '../../../src/contract/status.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

/** Of the many: so many that the machine is at its limit, and so few that the rest is far from being begun. */
const CROWD = 12;

const lab = useCluster({
  images: ['orca-test/app:1'],
  begin: async (orca) => {
    const { code, stderr } = await orca.orca('deploy', '-f', shop());
    assert.equal(code, 0, stderr);
  },
});

const shop = () =>
  lab.orca.manifest(
    'shop',
    `project: shop
services:
  web: {image: "orca-test/app:1", port: 8080, domain: shop.example.com, health: /healthz, deploy: {monitor: 0s}}
  api: {image: "orca-test/app:1", port: 8080, domain: api.example.com, health: /healthz, deploy: {monitor: 0s}}
`,
  );

/** How the other service stands while one is scaled by a slip of the finger. */
async function standing(): Promise<string> {
  const { stdout } = await lab.orca.orca('status', '--json');
  const { services } = JSON.parse(stdout) as Status;
  const api = services.find(({ name }) => name === 'api');
  return `${api?.status}: ${api?.reason}`;
}

test('a service that is scaled far too high leaves the others alone, and comes back', async () => {
  const others: string[] = [];
  const scaling = lab.orca.orca('scale', 'web=400');
  await until('a crowd to be there', async () => {
    const isCrowd = (await lab.orca.containers('web')).length > CROWD;
    const seen = [await standing(), (await lab.orca.ask('api.example.com')).status];
    if (seen.join() !== 'running: 1 of 1 serving,200') others.push(seen.join());
    return isCrowd;
  });
  assert.deepEqual(others, []);
  const { code, stdout } = await lab.orca.orca('scale', 'web=1');
  assert.equal(code, 0, stdout);
  assert.ok((await lab.orca.containers('web')).length < 300, 'the rest was not begun any more');
  await scaling;
});
