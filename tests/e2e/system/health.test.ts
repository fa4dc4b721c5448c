import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

/** An image with a HEALTHCHECK of its own. */
const CHECKED = 'orca-test/checked:1';

const lab = useCluster({
  images: ['orca-test/web:1'],
  begin: async ({ engine }) => {
    await engine.docker(['create', '--name', 'make-checked', 'orca-test/web:1']);
    const check =
      'HEALTHCHECK --interval=300ms --timeout=5s --retries=2 CMD ["/bin/sh", "-c", "test -f /ok || { echo no ok; exit 1; }"]';
    await engine.docker(['commit', '--change', check, 'make-checked', CHECKED]);
    await engine.docker(['rm', 'make-checked']);
  },
});

/** Passes while there is a file /ok; the container's command makes it, or does not. */
const passes = (pace: string) =>
  `health: {command: [sh, -c, "test -f /ok || { echo starting; echo no ok; exit 3; }"], timeout: 5s, ${pace}}`;
const runs = (script: string) => `command: [sh, -c, ${JSON.stringify(script)}]`;

const manifest = (name: string, image: string, ...lines: readonly string[]) =>
  lab.orca.manifest(
    name,
    `project: shop\nservices:\n  ${name}:\n    image: ${image}\n${lines.map((line) => `    ${line}\n`).join('')}`,
  );

async function deploy(name: string, image: string, ...lines: readonly string[]) {
  const { code, stdout, stderr } = await lab.orca.orca('deploy', '-f', manifest(name, image, ...lines));
  return { code, said: stdout + stderr };
}

interface Seen {
  readonly name: string;
  readonly status: string;
  readonly tasks: readonly { readonly id: string; readonly health: string; readonly reason: string }[];
}

const seen = async (name: string): Promise<Seen | undefined> => {
  const { body } = await lab.orca.api('GET', '/api/v1/status');
  return (JSON.parse(body) as { services: readonly Seen[] }).services.find((one) => one.name === name);
};

/** In the container of its one task, or of the one that comes in its place. */
const inside = (name: string, script: string) =>
  until(`${script} in ${name}`, async () => {
    const [container = ''] = await lab.orca.containers(name);
    await lab.engine.docker(['exec', container.split(' ')[0] ?? '', 'sh', '-c', script]);
    return true;
  });

const task = async (name: string) => (await seen(name))?.tasks.find(({ health }) => health !== 'none');

const ROUTED = ['port: 8080', 'domain: web.example.com', passes('interval: 1s, failures: 4')];

test('a health command decides: at a deploy, in status with its last output, in routing, and through a restart of the server', async () => {
  const script = runs('touch /ok; exec httpd -f -p 8080 -h /www');
  const good = await deploy('web', 'orca-test/web:1', ...ROUTED, 'deploy: {monitor: 500ms}', script);
  assert.equal(good.code, 0, good.said);
  assert.equal((await lab.orca.ask('web.example.com')).status, 200);

  await inside('web', 'rm /ok');
  await until('no requests for who misses', async () => (await lab.orca.ask('web.example.com')).status === 503);
  const failing = await until('the reason in status', async () => {
    const found = await task('web');
    return found?.health === 'failing' ? found : undefined;
  });
  assert.equal(failing.reason, 'the health command sh exited with code 3: no ok');
  await inside('web', 'touch /ok');
  await until('requests for who passes again', async () => (await lab.orca.ask('web.example.com')).status === 200);

  lab.orca.killServer();
  assert.equal((await lab.orca.ask('web.example.com')).status, 200);
  const answers = new Set<number>();
  const ask = async () => answers.add((await lab.orca.ask('web.example.com')).status);
  lab.orca.launchServer();
  await until('the server to answer', async () => {
    await ask();
    return lab.orca.api('GET', '/api/v1/health');
  });
  await until('ready again', async () => (await task('web'))?.health === 'ready');
  await ask();
  assert.deepEqual([...answers], [200]);
});

/** What most of them do is to wait for a deadline. */
suite('beside one another', { concurrency: true }, () => {
  test('a version whose health command never passes goes back, and says why', async () => {
    const [before] = await lab.orca.containers('web');
    const bad = await deploy(
      'web',
      'orca-test/web:1',
      ...ROUTED,
      'deploy: {monitor: 500ms, deadline: 12s}',
      runs('exec httpd -f -p 8080 -h /www'),
    );
    assert.equal(bad.code, 5, bad.said);
    assert.match(bad.said, /web\.1 was not ready within 12 s: the health command sh exited with code 3: no ok/);
    const left = await until('the new task to be gone', async () => {
      const running = await lab.orca.containers('web');
      return running.length === 1 ? running : undefined;
    });
    assert.deepEqual(left, [before]);
  });

  test('a health command makes a service without a port ready before 5 s, and replaces a task that goes on missing', async () => {
    const { code, said } = await deploy(
      'db',
      'orca-test/web:1',
      passes('interval: 500ms, failures: 2'),
      'deploy: {monitor: 500ms}',
      runs('touch /ok; exec sleep 1000'),
    );
    assert.equal(code, 0, said);
    const first = await task('db');
    await inside('db', 'rm /ok');
    const second = await until('another task that is ready', async () => {
      const found = await task('db');
      return found?.health === 'ready' && found.id !== first?.id ? found : undefined;
    });
    assert.notEqual(second.id, first?.id);
  });

  test('a health command that hangs is ended: no process of it is left', async () => {
    const check = 'command: [sh, -c, "echo $$$$ >>/begun; exec sleep 12345"]';
    const hangs = `health: {${check}, interval: 500ms, timeout: 300ms, failures: 2}`;
    const path = manifest('hangs', 'orca-test/web:1', hangs, 'deploy: {monitor: 0s}', runs('exec sleep 1000'));
    assert.equal((await lab.orca.orca('deploy', '--detach', '-f', path)).code, 0);
    const LATE = /the health command sh did not end within 300 ms/;
    await until('one that was ended', async () => LATE.test((await task('hangs'))?.reason ?? ''));
    await inside('hangs', 'pid=$(head -n 1 /begun) && test "$pid" -gt 1 && ! grep -q 12345 "/proc/$pid/cmdline"');
  });

  test('a health command that is not in the image is told so', async () => {
    const { code, said } = await deploy(
      'absent',
      'orca-test/web:1',
      'health: {command: pg_isready -q, interval: 500ms}',
      'deploy: {monitor: 0s, deadline: 12s}',
      runs('exec sleep 1000'),
    );
    assert.equal(code, 6, said);
    assert.match(said, /absent\.1 was not ready within 12 s: .*pg_isready.*not found/);
  });

  test("an image's own HEALTHCHECK decides for a service without port and health", async () => {
    const good = await deploy('checked', CHECKED, 'deploy: {monitor: 500ms}', runs('touch /ok; exec sleep 1000'));
    assert.equal(good.code, 0, good.said);
    assert.equal((await task('checked'))?.health, 'ready');
    await inside('checked', 'rm /ok');
    const failing = await until('what it says', async () => {
      const found = await task('checked');
      return found?.health === 'failing' ? found : undefined;
    });
    assert.equal(failing.reason, 'the HEALTHCHECK of its image exited with code 1: no ok');
    await inside('checked', 'touch /ok');
    await until('ready again', async () => (await task('checked'))?.health === 'ready');

    const bad = await deploy('checked', CHECKED, 'deploy: {monitor: 500ms, deadline: 12s}', runs('exec sleep 1000'));
    assert.equal(bad.code, 5, bad.said);
    assert.match(
      bad.said,
      /checked\.1 was not ready within 12 s: the HEALTHCHECK of its image exited with code 1: no ok/,
    );
  });
});
