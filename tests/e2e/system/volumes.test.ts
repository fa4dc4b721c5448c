import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLong } from '../../lab/often.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({ images: ['orca-test/web:1'] });

/** Says in the volume when two of it run at once. */
const SCRIPT = [
  'cd /data',
  '[ -e lock ] && echo $$VERSION >> two-writers',
  'touch lock',
  'echo $$VERSION >> versions',
  'trap "rm -f lock; exit 0" TERM',
  'httpd -p 8080 -h /www',
  'while :; do sleep 1 & wait $$!; done',
].join('\n');

const manifest = (
  version: string,
  { volumes = 'data: {owner: "1000:1000", mode: "0770"}', service = 'db', more = '' } = {},
) =>
  lab.orca.manifest(
    'db',
    `project: shop
services:
  ${service}:
    image: orca-test/web:1
    command: [/bin/busybox, sh, -c, ${JSON.stringify(SCRIPT)}]
    user: "1000:1000"
    env: {VERSION: "${version}"}
    port: 8080
    volumes: ["data:/data"]
    deploy: {monitor: 0s}
    stop_grace: 5s
${more}
volumes:
  ${volumes}
`,
  );

const run = async (...args: string[]) => {
  const { code, stdout, stderr } = await lab.orca.orca(...args);
  return { code, text: `${stdout}${stderr}` };
};
const done = async (...args: string[]) => {
  const { code, text } = await run(...args);
  assert.equal(code, 0, text);
  return text;
};
/** Reads the volume from a container that only reads it. */
const look = async (...command: readonly string[]): Promise<string> =>
  lab.engine.docker([
    'run',
    '--rm',
    '-v',
    'shop_data:/v:ro',
    '--entrypoint',
    '/bin/busybox',
    'orca-test/web:1',
    ...command,
  ]);
const versions = async () => (await look('cat', '/v/versions')).trim().split('\n');
const alone = async () => assert.doesNotMatch(await look('ls', '/v'), /two-writers/);
const dockerVolumes = async () => (await lab.engine.docker(['volume', 'ls', '-q'])).trim().split('\n');

test('a volume is made once, with its labels, owner and mode, and its data outlive deploys and rollbacks', async () => {
  const plan = await done('plan', '-f', manifest('1'));
  assert.match(plan, /volume shop_data is made, empty: it does not exist yet/);
  await done('deploy', '-f', manifest('1'));
  assert.equal((await look('stat', '-c', '%u:%g %a', '/v')).trim(), '1000:1000 770');
  const labels = await lab.engine.docker(['volume', 'inspect', '--format', '{{json .Labels}}', 'shop_data']);
  assert.deepEqual(Object.keys(JSON.parse(labels)).sort(), ['orca.cluster', 'orca.project', 'orca.volume']);

  const next = await done('plan', '-f', manifest('2'));
  assert.match(next, /stop-first: db.1 is away for about/);
  assert.match(next, /two tasks cannot have volume shop_data at once/);
  await done('deploy', '-f', manifest('2'));
  await done('rollback', 'db');
  await done('restart', 'db');
  assert.deepEqual(await versions(), ['1', '2', '1', '1']);
  await alone();
});

test('no second task: not by scale, not by replicas, not by another service, not beside a stranger', async () => {
  const scaled = await run('scale', 'db=2');
  assert.equal(scaled.code, 4, scaled.text);
  assert.match(scaled.text, /2 replicas cannot write to the volume shop_data/);
  const renamed = await run('deploy', '-f', manifest('3', { service: 'database' }));
  assert.equal(renamed.code, 8, renamed.text);
  assert.match(renamed.text, /volume shop_data belongs to the service db already/);

  await done('stop', 'db');
  await until('the task to end', async () => (await lab.orca.containers('db')).length === 0);
  await lab.engine.docker(['run', '-d', '--name', 'stranger', '-v', 'shop_data:/x', 'orca-test/web:1']);
  const beside = await run('deploy', '-f', manifest('3'));
  assert.equal(beside.code, 8, beside.text);
  assert.match(beside.text, /the container stranger, which is not orca's, writes to the volume shop_data/);
  await done('start', 'db');
  await until('the start to be refused', async () =>
    /the volume shop_data is in use by the container stranger/.test(JSON.stringify(lab.orca.serverLog())),
  );
  assert.deepEqual(await lab.orca.containers('db'), []);
  await lab.engine.docker(['rm', '-f', 'stranger']);
  await until('it to run', async () => (await lab.orca.containers('db')).length === 1);
  await alone();
});

/** Between the first and the last of these there may be two writers, or none; the others in a long run. */
const KILLED_AFTER = isLong() ? ['assign', 'unroute', 'stop', 'start', 'sweep'] : ['stop', 'start'];

test('the server killed at any moment of a swap: never two writers, and the data stay', async () => {
  for (const [index, after] of KILLED_AFTER.entries()) {
    const lines = lab.orca.serverLog().length;
    const deploying = lab.orca.orca('deploy', '-f', manifest(`k${index}`));
    await until(`the step ${after}`, async () =>
      lab.orca
        .serverLog()
        .slice(lines)
        .some((line) => line['msg'] === 'step' && line['kind'] === after),
    );
    lab.orca.killServer();
    lab.orca.launchServer();
    await until('the server to answer', async () => (await lab.orca.api('GET', '/api/v1/health')).status === 200);
    await deploying;
    await done('deploy', '-f', manifest(`k${index}`));
    await alone();
  }
  const seen = await versions();
  for (const index of KILLED_AFTER.keys()) assert.ok(seen.includes(`k${index}`), `${index} in ${seen}`);
});

test('it is never removed unless it is named: not by a purge, not by a prune', async () => {
  await done('rm', 'db', '--yes');
  await until('the service to be gone', async () => !/"db"/.test((await lab.orca.orca('status', '--json')).stdout));
  assert.ok((await dockerVolumes()).includes('shop_data'));
  await done('deploy', '-f', manifest('back'));
  assert.equal((await versions()).at(-1), 'back');
  assert.ok((await versions()).includes('k0'));
});

test('a volume in use is not removed, and is told with its size and who mounts it', async () => {
  const told = await done('volume', 'ls');
  assert.match(told, /shop_data +shop +used +\S+ \S* *db/);
  const { code, text } = await run('volume', 'rm', 'shop_data', '--yes');
  assert.equal(code, 8, text);
  assert.match(text, /the volume shop_data is mounted by db/);
});

test('one that is gone after it was used is not made anew without a word', async () => {
  await done('stop', 'db');
  await until(
    'the container to be gone',
    async () => (await lab.engine.docker(['ps', '-aq', '--filter', 'volume=shop_data'])).trim() === '',
  );
  await lab.engine.docker(['volume', 'rm', 'shop_data']);
  const { code, text } = await run('deploy', '-f', manifest('lost'));
  assert.equal(code, 8, text);
  assert.match(text, /the volume shop_data is gone from docker/);
  await done('start', 'db');
  await until('the reason in the status', async () =>
    /the volume shop_data is gone/.test((await lab.orca.orca('status', 'db')).stdout),
  );
  assert.ok(!(await dockerVolumes()).includes('shop_data'));
  assert.match(await done('volume', 'rm', 'shop_data', '--yes'), /was gone already, and is forgotten/);
  await done('deploy', '-f', manifest('anew'));
  // The version that waited for it may have come first; of what was lost nothing is there.
  assert.deepEqual(
    (await versions()).filter((one) => one !== 'back'),
    ['anew'],
  );
});

test("a volume that was there before is taken over with its data, and another cluster's is refused", async () => {
  await lab.engine.docker([
    'run',
    '--rm',
    '-v',
    'blog_data:/data',
    '--entrypoint',
    '/bin/busybox',
    'orca-test/web:1',
    'touch',
    '/data/old-row',
  ]);
  const blog = lab.orca.manifest(
    'blog',
    `project: blog
services:
  db: {image: orca-test/web:1, volumes: ["data:/data"], deploy: {monitor: 0s}}
volumes: {data: }
`,
  );
  assert.match(await done('plan', '-f', blog), /volume blog_data is taken over: it exists, and keeps its data/);
  await done('deploy', '-f', blog);
  // By its project too: shop has a service of this name.
  const id = (await lab.engine.docker(['ps', '-q', '--filter', 'label=orca.project=blog'])).trim();
  assert.match(await lab.engine.docker(['exec', id, '/bin/busybox', 'ls', '/data']), /old-row/);

  await lab.engine.docker(['volume', 'create', '--label', 'orca.cluster=another', 'wiki_data']);
  const wiki = lab.orca.manifest(
    'wiki',
    `project: wiki
services:
  db: {image: orca-test/web:1, volumes: ["data:/data"]}
volumes: {data: {}}
`,
  );
  const { code, text } = await run('deploy', '-f', wiki);
  assert.equal(code, 8, text);
  assert.match(text, /the volume wiki_data belongs to another orca/);
});

test('a container that a killed server made to set up a volume is removed by the next one', async () => {
  lab.orca.killServer();
  const label = '{{index .Labels "orca.cluster"}}';
  const cluster = (await lab.engine.docker(['volume', 'inspect', '--format', label, 'shop_data'])).trim();
  await lab.engine.docker([
    'create',
    ...['--name', 'orca-volume-shop_data', '--volume', 'shop_data:/v'],
    ...['--label', `orca.cluster=${cluster}`, '--label', 'orca.kind=volume'],
    'orca-test/web:1',
  ]);
  await lab.orca.startServer();
  const all = async () => lab.engine.docker(['ps', '--all', '--format', '{{.Names}}']);
  await until('it to be gone', async () => !(await all()).includes('orca-volume-shop_data'));
  assert.ok((await dockerVolumes()).includes('shop_data'));
});
