import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { isLong } from '../../lab/often.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({ images: ['orca-test/web:1'] });

/** Each run of the release command is a log line: it is counted in what is kept of them. */
const manifest = (name: string, release: string, ...lines: readonly string[]) =>
  lab.orca.manifest(
    name,
    `project: shop
services:
  ${name}:
    image: orca-test/web:1
    command: [sh, -c, "exec sleep 1000"]
    stop_grace: 0s
    health: {command: ["true"]}
    release: [sh, -c, ${JSON.stringify(release)}]
${lines.map((line) => `    ${line}\n`).join('')}`,
  );

async function deploy(name: string, release: string, ...lines: readonly string[]) {
  const { code, stdout, stderr } = await lab.orca.orca('deploy', '-f', manifest(name, release, ...lines));
  return { code, said: stdout + stderr };
}

const QUICK = 'deploy: {monitor: 0s, deadline: 90s}';
const version = (n: number) => `env: {VERSION: "${n}"}`;

interface Deployment {
  readonly id: number;
  readonly state: string;
  readonly reason: string;
}

const newest = async (service: string): Promise<Deployment | undefined> => {
  const { body } = await lab.orca.api('GET', `/api/v1/deployments?service=${service}`);
  return (JSON.parse(body) as { deployments: readonly Deployment[] }).deployments[0];
};

/** Deployments of a service whose release commands wrote `migrated N`, one for each run: of running containers and kept logs. */
async function runs(service: string): Promise<readonly string[]> {
  const { stdout } = await lab.orca.orca('logs', service, '--tail', '1000');
  return [...stdout.matchAll(/migrated (\d+)/g)].map(([, n = '']) => n);
}

const releasing = async (service: string) => {
  const filter = [
    '--filter',
    `label=orca.service=${service}`,
    '--filter',
    'label=orca.kind=release',
    '--filter',
    'status=running',
  ];
  return (await lab.engine.docker(['ps', ...filter, '--format', '{{.ID}}'])).trim();
};

/** A release command that ends when the test lets it. */
const UNTIL_LET = 'until test -f /go; do sleep 0.2; done';
const letEnd = async (service: string) => lab.engine.docker(['exec', await releasing(service), 'sh', '-c', ': >/go']);

const gone = (service: string) =>
  until('its container to be gone', async () => {
    const all = ['--filter', `label=orca.service=${service}`, '--filter', 'label=orca.kind=release'];
    return (await lab.engine.docker(['ps', '-a', ...all, '--format', '{{.ID}}'])).trim() === '';
  });

test('a release command runs once, with the env of its service, before any task; not where no container is replaced, nor on a rollback', async () => {
  const first = await deploy('app', 'echo migrated $VERSION', version(1), QUICK);
  assert.equal(first.code, 0, first.said);
  const again = await deploy('app', 'echo migrated $VERSION', version(1), QUICK);
  assert.equal(again.code, 0, again.said);
  const update = await deploy('app', 'echo migrated $VERSION', version(1), 'deploy: {monitor: 0s, deadline: 80s}');
  assert.equal(update.code, 0, update.said);
  const second = await deploy('app', 'echo migrated $VERSION', version(2), QUICK);
  assert.equal(second.code, 0, second.said);
  const back = await lab.orca.orca('rollback', 'app', '--yes');
  assert.equal(back.code, 0, back.stdout + back.stderr);
  assert.equal((await lab.orca.orca('restart', 'app')).code, 0);
  await gone('app');
  assert.deepEqual(await runs('app'), ['1', '2']);
});

test('a release command that fails: nothing is changed, its last lines are told, exit code 5; 6 for a first deployment', async () => {
  const first = await deploy('fails', 'echo no such table; exit 7', QUICK);
  assert.equal(first.code, 6, first.said);
  assert.match(first.said, /the release command failed: exited with code 7/);
  assert.match(first.said, /no such table/);
  assert.deepEqual(await lab.orca.containers('fails'), []);
  assert.equal((await deploy('fails', 'true', QUICK)).code, 0);
  const before = await lab.orca.containers('fails');
  const later = await deploy('fails', 'exit 7', version(2), 'deploy: {monitor: 0s, rollback: false}');
  assert.equal(later.code, 5, later.said);
  assert.deepEqual(await lab.orca.containers('fails'), before);
});

test('a release command that hangs is stopped at the deadline', async () => {
  const { code, said } = await deploy('hangs', 'exec sleep 1000', 'deploy: {deadline: 6s, monitor: 0s}');
  assert.equal(code, 6, said);
  assert.match(said, /the release command failed: it (did not end|could not be started) within 6 s/);
  await gone('hangs');
});

test('the server killed in the middle: the command is found again, and runs once', async () => {
  const detached = await lab.orca.orca(
    'deploy',
    '--detach',
    '-f',
    manifest('killed', `echo migrated 1; ${UNTIL_LET}`, QUICK),
  );
  assert.equal(detached.code, 0, detached.stderr);
  await until('the command to run', () => releasing('killed').then((id) => id !== ''));
  lab.orca.killServer();
  await lab.orca.startServer();
  await letEnd('killed');
  await until('the end', async () => (await newest('killed'))?.state === 'succeeded');
  await gone('killed');
  assert.deepEqual(await runs('killed'), ['1']);
});

/** Each time another one is begun, while those before it may still go on. */
const KILLS = isLong() ? [1, 2, 3, 4, 5, 6] : [3, 4, 5];

test('killed at any step: run once or not at all, never twice, and the deployment says which', async () => {
  for (const kill of KILLS) {
    const name = `any${kill}`;
    const steps = () =>
      lab.orca.serverLog().filter(({ msg, service }) => msg === 'step' && service === `shop/${name}`).length;
    await lab.orca.orca('deploy', '--detach', '-f', manifest(name, 'echo migrated 1', QUICK));
    await until(`step ${kill}`, () => steps() >= kill, undefined, 1);
    lab.orca.killServer();
    lab.orca.launchServer();
    await until('the server to answer', () => lab.orca.api('GET', '/api/v1/health'));
  }
  for (const kill of KILLS) {
    const name = `any${kill}`;
    const ended = await until(
      'the end',
      async () => {
        const found = await newest(name);
        return found && ['succeeded', 'failed'].includes(found.state) ? found : undefined;
      },
      180_000,
    );
    await gone(name);
    const count = (await runs(name)).length;
    assert.ok(count <= 1, `${name} ran ${count} times`);
    if (ended.state === 'succeeded') assert.equal(count, 1);
    else assert.match(ended.reason, /the release command failed: .*not known/);
  }
});

test('superseded in the middle: the next one waits until the command has ended, then runs its own', async () => {
  const first = lab.orca.orca('deploy', '-f', manifest('next', `echo migrated 1; ${UNTIL_LET}`, version(1), QUICK));
  await until('the command to run', () => releasing('next').then((id) => id !== ''));
  const superseded = (await newest('next'))?.id;
  const deploying = lab.orca.startOrca('deploy', '-f', manifest('next', 'echo migrated 2', version(2), QUICK));
  const ended = once(deploying, 'close');
  let said = '';
  for (const stream of [deploying.stdout, deploying.stderr])
    stream?.on('data', (chunk) => {
      said += chunk;
    });
  const waits = /waits until the release command of deployment \d+ has ended/;
  await until('the next one to say that it waits', () => waits.test(said));
  const { code, stdout, stderr } = await first;
  assert.equal(code, 8, stdout + stderr);
  assert.match(stdout + stderr, /release command: it is running still/);
  await letEnd('next');
  assert.deepEqual(await ended, [0, null], said);
  await gone('next');
  assert.deepEqual(await runs('next'), ['1', '2']);
  const told = await lab.orca.orca('deployments', String(superseded));
  assert.match(told.stdout, /superseded by deployment \d+\n {2}release command: ran to its end, exit code 0\n/);
});

test('a service that is stopped in the middle ends its release command', async () => {
  await lab.orca.orca('deploy', '--detach', '-f', manifest('stops', 'exec sleep 1000', QUICK));
  await until('the command to run', () => releasing('stops').then((id) => id !== ''));
  assert.equal((await lab.orca.orca('stop', 'stops', '--yes')).code, 0);
  await gone('stops');
  await until('its deployment to have failed', async () => (await newest('stops'))?.state === 'failed');
});
