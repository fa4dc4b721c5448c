// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the manifest's references
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({ images: ['orca-test/web:1'] });

const write = (name: string, text: string): string => {
  const path = join(lab.engine.dir, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
};

const manifest = (rest = '') =>
  write(
    'app/orca.yml',
    `project: shop
services:
  web:
    image: orca-test/web:1
    files:
      - {source: ./app.conf, target: /etc/app/app.conf}
      - {source: ./names.conf, target: /etc/app/names.conf, template: true, mode: "0640", owner: "7:8"}
      - {content: "inline \${env.NOT_SET} $x", target: /etc/app/inline}
      - {secret: DB_PASSWORD, target: /run/secrets/db_password, mode: "0400", owner: "999:999"}
    command: [/bin/busybox, sleep, "100000"]
    stop_grace: 0s
    health: {command: [/bin/busybox, "true"]}
    deploy: {monitor: 0s}
${rest}`,
  );

async function orca(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await lab.orca.orca(...args);
  assert.equal(code, 0, `orca ${args.join(' ')}: ${stderr}`);
  return { stdout, stderr };
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

const inside = async (...command: string[]): Promise<string> =>
  (await lab.engine.docker(['exec', await running(), '/bin/busybox', ...command])).trimEnd();

test('files and secrets are in the container, roll when they change, and come back with their revision', async () => {
  await orca('secrets', 'set', 'DB_PASSWORD', '-p', 'shop', '--file', write('pw', 'hunter1\n'));
  write('app/app.conf', 'color = red\nsize = 1\n${env.HOME} stays\n');
  write('app/names.conf', 'home ${env.HOME}\n');
  await orca('deploy', '-f', manifest());
  assert.equal(await inside('cat', '/etc/app/app.conf'), 'color = red\nsize = 1\n${env.HOME} stays');
  assert.equal(await inside('cat', '/etc/app/names.conf'), `home ${lab.engine.dir}`);
  assert.equal(await inside('cat', '/etc/app/inline'), 'inline ${env.NOT_SET} $x');
  assert.equal(await inside('stat', '-c', '%a %u:%g', '/etc/app/names.conf'), '640 7:8');
  assert.equal(await inside('cat', '/run/secrets/db_password'), 'hunter1');
  assert.equal(await inside('stat', '-c', '%a %u:%g', '/run/secrets/db_password'), '400 999:999');
  const once = await orca('run', 'web', '--', '/bin/busybox', 'cat', '/etc/app/inline', '/run/secrets/db_password');
  assert.equal(once.stdout, 'inline ${env.NOT_SET} $xhunter1', 'a one-off container has them, too');
  const before = await running();
  assert.match((await orca('deploy', '-f', manifest())).stderr, /web is unchanged/);
  assert.equal(await running(), before);

  write('app/app.conf', 'color = blue\nsize = 1\n');
  assert.match((await orca('plan', '-f', manifest())).stdout, /files\.\/etc\/app\/app\.conf/);
  await orca('deploy', '-f', manifest());
  assert.equal(await inside('cat', '/etc/app/app.conf'), 'color = blue\nsize = 1');
  await orca('secrets', 'set', 'DB_PASSWORD', '-p', 'shop', '--now', '--file', write('pw', 'hunter2'));
  assert.equal(await inside('cat', '/run/secrets/db_password'), 'hunter2');
  const diff = (await orca('diff', 'web', '1', '3')).stdout;
  assert.match(diff, /- color = red/);
  assert.match(diff, /\+ color = blue/);
  assert.match(diff, /secrets\.DB_PASSWORD/);
  assert.ok(!diff.includes('hunter'));

  await orca('rollback', 'web', '--to', '1');
  assert.equal(await inside('cat', '/etc/app/app.conf'), 'color = red\nsize = 1\n${env.HOME} stays');
  assert.equal(await inside('cat', '/run/secrets/db_password'), 'hunter1');
});

test('a container that docker or a killed server left is given its files, with a read-only file system too', async () => {
  await orca('deploy', '-f', manifest('    read_only: true\n'));
  const gone = await running();
  lab.orca.killServer();
  await lab.engine.docker(['rm', '-f', gone]);
  await lab.orca.startServer();
  await until('a new task', async () => {
    const ids = (await lab.orca.containers('web')).map((line) => line.split(' ')[0]);
    return ids.length === 1 && ids[0] !== gone;
  });
  assert.equal(await inside('cat', '/run/secrets/db_password'), 'hunter2');
  await lab.engine.docker(['restart', '-t', '0', await running()]);
  // Copied out: after a restart Docker may refuse to run anything in it, for good.
  const copy = join(lab.engine.dir, 'inline');
  await lab.engine.docker(['cp', `${await running()}:/etc/app/inline`, copy]);
  assert.equal(readFileSync(copy, 'utf8'), 'inline ${env.NOT_SET} $x');
});

test('what is wrong with a file is told with its place, and nothing changes', async () => {
  const before = await running();
  write('app/big', 'x'.repeat(1024 * 1024 + 1));
  const bad = write(
    'app/bad.yml',
    `project: shop
services:
  web:
    image: orca-test/web:1
    files:
      - {source: ./big, target: /a/b}
      - {source: ./none, target: /a/c}
      - {content: x, target: /proc/x}
      - {content: x, target: /a/b}
`,
  );
  const { code, stderr } = await lab.orca.orca('deploy', '-f', bad);
  assert.equal(code, 3);
  assert.match(
    stderr,
    /bad\.yml:6:18: services\.web\.files\[0\]\.source: cannot read \.\/big: larger than 1048576 bytes/,
  );
  assert.match(stderr, /bad\.yml:7:18: .*cannot read \.\/none: no such file/);
  assert.match(stderr, /bad\.yml:8:30: .*not in \/proc/);
  assert.equal(await running(), before);
});
