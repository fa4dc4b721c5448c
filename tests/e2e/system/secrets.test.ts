// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the manifest's references
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({ images: ['orca-test/web:1'] });

const manifest = (env: Readonly<Record<string, string>>, name = 'shop') =>
  lab.orca.manifest(
    name,
    `project: shop
services:
  web:
    image: orca-test/web:1
    env:
${Object.entries(env)
  .map(([key, value]) => `      ${key}: ${value}`)
  .join('\n')}
    command: [/bin/busybox, sleep, "100000"]
    stop_grace: 0s
    health: {command: [/bin/busybox, "true"]}
    deploy: {monitor: 0s}
`,
  );

const file = (name: string, text: string): string => {
  const path = join(lab.engine.dir, name);
  writeFileSync(path, text);
  return path;
};

async function orca(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await lab.orca.orca(...args);
  assert.equal(code, 0, `orca ${args.join(' ')}: ${stderr}`);
  return { stdout, stderr };
}

/** Through a pipe, as a password manager would. */
async function pipe(value: string, ...args: string[]): Promise<number | null> {
  const child = lab.orca.startOrca(...args);
  child.stdin?.end(value);
  return new Promise((resolve) => child.on('close', resolve));
}

/** The one that runs, once the one before is gone. */
async function running(): Promise<string> {
  let ids: readonly string[] = [];
  await until('one container', async () => {
    ids = (await lab.orca.containers('web')).map((line) => line.split(' ')[0] ?? '');
    return ids.length === 1;
  });
  return ids[0] ?? '';
}
const configOf = async (id: string): Promise<{ Env: string[]; Labels: object; Cmd: string[] }> =>
  JSON.parse(await lab.engine.docker(['inspect', '--format', '{{json .Config}}', id]));
const envOf = async (name: string, id?: string): Promise<string | undefined> =>
  (await configOf(id ?? (await running()))).Env.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);

test('a secret reaches the container alone, changes with the next deploy or now, and comes back with its revision', async () => {
  assert.equal(await pipe('one\n', 'secrets', 'set', 'DB_PASSWORD', '-p', 'shop'), 0);
  const path = manifest({ DB: '"pg://shop:${secrets.DB_PASSWORD}@db"' });
  await orca('deploy', '-f', path);
  assert.equal(await envOf('DB'), 'pg://shop:one@db');
  const before = await running();

  const staged = await orca('secrets', 'set', 'DB_PASSWORD', '-p', 'shop', '--file', file('two', 'two'));
  assert.match(staged.stderr, /used by shop\/web, from the next deploy on; add --now/);
  assert.equal(await running(), before);
  assert.match((await orca('plan', '-f', path)).stdout, /secrets\.DB_PASSWORD +version 1 -> version 2/);
  await orca('deploy', '-f', path);
  assert.equal(await envOf('DB'), 'pg://shop:two@db');
  assert.match((await orca('deploy', '-f', path)).stderr, /web is unchanged/);

  await orca('secrets', 'set', 'DB_PASSWORD', '-p', 'shop', '--now', '--file', file('three', 'three'));
  assert.equal(await envOf('DB'), 'pg://shop:three@db');
  await orca('rollback', 'web');
  assert.equal(await envOf('DB'), 'pg://shop:two@db');
  assert.match(
    (await orca('diff', 'web', '1', '3')).stdout,
    /secrets\.DB_PASSWORD +version 1, fingerprint:\w+ -> version 3, fingerprint:/,
  );

  await orca('secrets', 'set', 'DB_PASSWORD', '-p', 'shop', '--now', '--revoke', '--file', file('four', 'four'));
  const back = await orca('rollback', 'web', '--to', '1');
  assert.match(back.stderr, /version 1 of the secret DB_PASSWORD is revoked or removed, version 4 is used/);
  assert.equal(await envOf('DB'), 'pg://shop:four@db');
});

test('a secret that is not set fails plan and deploy with its place, and touches nothing', async () => {
  const path = manifest({ A: 'a', TOKEN: '${secrets.NOT_SET}' }, 'missing');
  const before = await running();
  const { code, stderr } = await lab.orca.orca('deploy', '-f', path);
  assert.equal(code, 3, stderr);
  assert.ok(stderr.includes(`${path}:7:14: env.TOKEN: the secret NOT_SET is not set in the project shop`), stderr);
  const plan = await lab.orca.orca('plan', '-f', path);
  assert.equal(plan.code, 3);
  assert.ok(plan.stdout.includes(`${path}:7:14: env.TOKEN`), plan.stdout);
  assert.equal(await running(), before);
});

test('the key is replaced under a running service; a server with another key, or none, starts no task and loses nothing', async () => {
  const key = join(lab.orca.dir, 'secret.key');
  assert.equal(statSync(key).mode & 0o777, 0o600);
  await orca('secrets', 'rotate-key', '--yes');
  assert.equal(existsSync(`${key}.next`), false);
  const crash = async () => {
    const gone = await running();
    await lab.engine.docker(['rm', '-f', gone]);
    return gone;
  };
  const replaced = (gone: string) =>
    until('a new task', async () => {
      const ids = (await lab.orca.containers('web')).map((line) => line.split(' ')[0]);
      return ids.length === 1 && ids[0] !== gone;
    });
  await replaced(await crash());
  assert.equal(await envOf('DB'), 'pg://shop:four@db');

  copyFileSync(key, `${key}.kept`);
  const sealed = () => readFileSync(join(lab.orca.dir, 'orca.db')).length;
  for (const other of [`${'ab'.repeat(32)}\n`, undefined]) {
    await lab.orca.stopServer();
    if (other === undefined) rmSync(key);
    else writeFileSync(key, other, { mode: 0o600 });
    await lab.orca.startServer();
    const refused = await lab.orca.orca('secrets', 'set', 'DB_PASSWORD', '-p', 'shop', '--file', file('five', 'five'));
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, other === undefined ? /secret\.key is missing/ : /holds values encrypted with key/);
    assert.ok(sealed() > 0);
    assert.equal(existsSync(key) && readFileSync(key, 'utf8'), other ?? false);
  }
  const gone = await crash();
  const { stdout, stderr } = await orca('status');
  assert.match(stdout + stderr, /secrets cannot be read: .*secret\.key is missing/);
  await lab.orca.stopServer();
  copyFileSync(`${key}.kept`, key);
  await lab.orca.startServer();
  await replaced(gone);
  assert.equal(await envOf('DB'), 'pg://shop:four@db');
});

test('of 100 planted secrets none is found anywhere but in the container', async () => {
  const canaries = Array.from({ length: 100 }, (_, n) => `canary${n}x${Math.random().toString(36).slice(2)}`);
  const lines = canaries.map((value, n) => `CANARY_${n}=${value}`).join('\n');
  await orca('secrets', 'set', '--env-file', file('.env', lines), '-p', 'shop');
  const path = manifest(Object.fromEntries(canaries.map((_, n) => [`C${n}`, `\${secrets.CANARY_${n}}`])), 'canaries');
  const told: string[] = [];
  const tell = async (...args: string[]) => {
    const { stdout, stderr } = await lab.orca.orca(...args);
    told.push(stdout, stderr);
  };
  await tell('plan', '-f', path);
  await tell('deploy', '-f', path, '--json');
  const id = await running();
  assert.equal(await envOf('C7', id), canaries[7]);
  await tell('secrets', 'ls', '--json');
  await tell('secrets', 'usage', 'CANARY_3', '-p', 'shop', '--json');
  for (const args of [['status'], ['history', 'web'], ['diff', 'web', '1', '7'], ['deployments'], ['ps'], ['audit']])
    await tell(...args, '--json');
  for (const target of ['/metrics', '/api/v1/cluster/info']) told.push((await lab.orca.api('GET', target)).body);
  const put = (body: unknown) => lab.orca.api('PUT', '/api/v1/secrets/CANARY_1?project=shop', body);
  for (const body of [{ value: [canaries[1]] }, { value: `${canaries[1]}\0` }, canaries[1]])
    told.push((await put(body)).body);
  const { Labels, Cmd } = await configOf(id);
  told.push(JSON.stringify(Labels), JSON.stringify(Cmd), JSON.stringify(lab.orca.serverLog()));
  told.push(await lab.engine.docker(['inspect', '--format', '{{json .Args}} {{.Path}} {{json .HostConfig}}', id]));
  await lab.orca.stopServer();
  const files = readdirSync(lab.orca.dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(files.some(({ name }) => name === 'orca.db'));
  for (const { parentPath, name } of files) told.push(readFileSync(join(parentPath, name), 'latin1'));
  await lab.orca.startServer();
  const found = canaries.filter((canary) => told.some((text) => text.includes(canary)));
  assert.deepEqual(found, []);
  assert.ok(told.join('').length > 10_000);
});
