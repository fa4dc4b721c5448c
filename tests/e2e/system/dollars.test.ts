// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the manifest's references
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({ images: ['orca-test/web:1'] });

const manifest = (price: string) =>
  lab.orca.manifest(
    'shop',
    `project: shop
services:
  web:
    image: orca-test/web:1
    env: {PRICE: ${price}, LIKE: "$\${secrets.KEY}"}
    labels: {price: ${price}}
    command: [/bin/busybox, sh, -c, 'echo "$$PRICE"; exec /bin/busybox sleep 1000']
    stop_grace: 0s
    deploy: {monitor: 0s}
`,
  );

test('a dollar reaches the container as one, is shown as it was written, and the same again is unchanged', async () => {
  const { code, stderr } = await lab.orca.orca('deploy', '-f', manifest('$$5'));
  assert.equal(code, 0, stderr);
  const [running = ''] = await lab.orca.containers('web');
  const [id = ''] = running.split(' ');
  const { Env, Labels } = JSON.parse(await lab.engine.docker(['inspect', '--format', '{{json .Config}}', id]));
  assert.ok(Env.includes('PRICE=$5') && Env.includes('LIKE=${secrets.KEY}'), Env.join());
  assert.equal(Labels.price, '$5');
  await until('its log', async () => /\$5/.test((await lab.orca.orca('logs', 'web')).stdout));
  assert.match((await lab.orca.orca('deploy', '-f', manifest('$$5'))).stderr, /web is unchanged/);
  assert.match((await lab.orca.orca('plan', '-f', manifest('$$6'))).stdout, /\$\$5.*\$\$6/);
  assert.deepEqual(await lab.orca.containers('web'), [running]);
});
