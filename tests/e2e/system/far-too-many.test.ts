import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../../../src/contract/status.ts';
import { useCluster } from '../../lab/use-cluster.ts';

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
  const scaling = lab.orca.orca('scale', 'web=400');
  for (let n = 0; n < 8; n += 1) {
    assert.equal(await standing(), 'running: 1 of 1 serving');
    assert.equal((await lab.orca.ask('api.example.com')).status, 200);
    await sleep(500);
  }
  const { code, stdout } = await lab.orca.orca('scale', 'web=1');
  assert.equal(code, 0, stdout);
  assert.ok((await lab.orca.containers('web')).length < 300, 'the rest was not begun any more');
  await scaling;
});
