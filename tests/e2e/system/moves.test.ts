import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

/** What a user changes about a service that has data: what the plan says is what happens, and no volume is ever lost. */
const lab = useCluster({ images: ['orca-test/web:1'] });

const SCRIPT = [
  'echo $$VERSION >> /data/versions',
  'trap "exit 0" TERM',
  'httpd -p 8080 -h /www',
  'while :; do sleep 1 & wait $$!; done',
].join('\n');

interface Wish {
  readonly project?: string;
  readonly service?: string;
  readonly domain?: string;
  readonly version: string;
  readonly volume?: string;
  readonly more?: string;
}

const manifest = ({ project = 'shop', service = 'db', domain = 'db.example.com', version, ...rest }: Wish) =>
  lab.orca.manifest(
    'db',
    `project: ${project}
services:
  ${service}:
    image: orca-test/web:1
    command: [/bin/busybox, sh, -c, ${JSON.stringify(SCRIPT)}]
    env: {VERSION: "${version}"}
    port: 8080
    domain: ${domain}
    volumes: ["data:/data"]
    deploy: {monitor: 0s}
    stop_grace: 2s
${rest.more ?? ''}
volumes:
  data: {${rest.volume ?? ''}}
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
/** The plan agrees, and so does the deploy. @returns what the plan says */
const deployed = async (wish: Wish, ...more: string[]): Promise<string> => {
  const said = await done('plan', '-f', manifest(wish));
  await done('deploy', '-f', manifest(wish), ...more);
  return said;
};
/** Plan and deploy refuse it with the same words, and nothing changes. */
const refused = async (wish: Wish, why: RegExp, code = 8): Promise<void> => {
  const before = [await dockerVolumes(), await running()];
  for (const verb of ['plan', 'deploy']) {
    const said = await run(verb, '-f', manifest(wish));
    assert.deepEqual([said.code, why.test(said.text)], [code, true], said.text);
  }
  assert.deepEqual([await dockerVolumes(), await running()], before);
};
const dockerVolumes = async () => (await lab.engine.docker(['volume', 'ls', '-q'])).trim().split('\n').sort();
const running = async () =>
  (await lab.engine.docker(['ps', '--no-trunc', '--format', '{{.Names}}'])).trim().split('\n').sort();
const versions = async (volume: string) => {
  const read = ['run', '--rm', '-v', `${volume}:/v:ro`, '--entrypoint', '/bin/busybox', 'orca-test/web:1'];
  return (await lab.engine.docker([...read, 'cat', '/v/versions'])).trim().split('\n');
};
const gone = (service: string) =>
  until(
    `${service} to be gone`,
    async () => !new RegExp(`"${service}"`).test(await done('status', '-p', 'shop', '--json')),
  );

test('renamed: refused while the old one has the volume and the domain; with that removed, it goes on with the data', async () => {
  await deployed({ version: '1' });
  const renamed = { service: 'database', version: '2' };
  await refused(
    { ...renamed, domain: 'new.example.com' },
    /volume shop_data belongs to the service db already[\s\S]*remove db first: the data stay/,
  );
  await refused(renamed, /db\.example\.com\/ belongs to the service db already/);
  assert.match(await done('rm', 'db', '--yes'), /db/);
  await gone('db');
  assert.match(await deployed(renamed), /\+ database new/);
  assert.deepEqual(await versions('shop_data'), ['1', '2']);
});

test('moved to another project: its domain is not taken from the first, its volume is another one, and both stay', async () => {
  const moved = { project: 'blog', service: 'database', version: '3' };
  await refused(moved, /db\.example\.com\/ belongs to a service of another project already/);
  const said = await deployed({ ...moved, domain: 'blog.example.com' });
  assert.match(
    said,
    /volume blog_data is made, empty: it does not exist yet; shop_data of the project shop is another volume, and stays/,
  );
  assert.deepEqual([await versions('shop_data'), await versions('blog_data')], [['1', '2'], ['3']]);
});

test('shared, then not any more: who writes beside it is let in by the one, and refused by the other', async () => {
  const reader = '  reader: {image: "orca-test/web:1", volumes: ["data:/data"], port: 8080, deploy: {monitor: 0s}}';
  const one = { service: 'database', version: '4' };
  const WHY = /the service database writes to the volume data already, and only one task may/;
  await refused({ ...one, more: reader }, WHY, 3);
  const shared = { ...one, volume: 'shared: true' };
  assert.match(await deployed(shared), /two tasks cannot have volume shop_data at once/);
  await deployed({ ...shared, more: reader });
  assert.equal((await running()).filter((name) => name.startsWith('reader-')).length, 1);
  await refused({ ...one, more: reader, version: '5' }, WHY, 3);
  await refused({ ...one, version: '5' }, /volume shop_data belongs to the service reader already/);
});

test('left out of the file and pruned, or its volume not mounted any more: the volume stays, and is told as orphaned', async () => {
  const other = '  other: {image: "orca-test/web:1", port: 8080, deploy: {monitor: 0s}}';
  const file = lab.orca.manifest('other', `project: shop\nservices:\n${other}\n`);
  await done('deploy', '-f', file, '--prune');
  await gone('database');
  assert.deepEqual(await dockerVolumes(), ['blog_data', 'shop_data']);
  assert.match(await done('volume', 'ls'), /shop_data +shop +orphaned/);
  await deployed({ service: 'database', version: '6' });
  assert.equal((await versions('shop_data')).at(-1), '6');
});

test('an emptied file of secrets sets nothing, and the secrets that there are stay', async () => {
  const file = join(lab.orca.dir, 'secrets.env');
  writeFileSync(file, 'TOKEN=one\n');
  await done('secrets', 'set', '-p', 'shop', '--env-file', file);
  const list = async () => (await done('secrets', 'ls', '-p', 'shop')).replace(/\d+s ago/, 'ago');
  const before = await list();
  writeFileSync(file, '');
  const { code, text } = await run('secrets', 'set', '-p', 'shop', '--env-file', file);
  assert.notEqual(code, 0);
  assert.match(text, /secrets\.env/);
  assert.equal(await list(), before);
});
