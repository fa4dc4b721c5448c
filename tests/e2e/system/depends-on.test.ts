import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({ images: ['orca-test/web:1'] });

interface Part {
  readonly script: string;
  readonly on?: string;
  readonly more?: readonly string[];
}

const manifest = (parts: Readonly<Record<string, Part>>) =>
  lab.orca.manifest(
    'shop',
    `project: shop\nservices:\n${Object.entries(parts)
      .map(([name, { script, on, more = [] }]) =>
        [
          `  ${name}:`,
          '    image: orca-test/web:1',
          `    command: [sh, -c, ${JSON.stringify(script)}]`,
          '    stop_grace: 0s',
          '    deploy: {monitor: 0s, deadline: 60s}',
          ...(on === undefined ? [] : [`    depends_on: ${on}`]),
          ...more.map((line) => `    ${line}`),
        ].join('\n'),
      )
      .join('\n')}\n`,
  );

const HEALTH = 'health: {command: [sh, -c, "test -f /ok || { echo not yet; exit 1; }"], interval: 500ms, timeout: 20s}';
const WAITS = 'exec sleep 1000';
const good = { script: `touch /ok; ${WAITS}`, more: [HEALTH] };
/** Runs, and is ready as soon as it does. */
const runs = { script: WAITS, more: ['health: {command: ["true"]}'] };

/** A deploy, and what it has said so far. */
function begin(parts: Readonly<Record<string, Part>>) {
  const child = lab.orca.startOrca('deploy', '-f', manifest(parts));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const words: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => words.push(String(chunk)));
  return { ended, said: () => words.join('') };
}

async function deploy(parts: Readonly<Record<string, Part>>) {
  const { ended, said } = begin(parts);
  return { code: await ended, said: said() };
}

/** Lets a script go on that waits for the file. */
const go = async (service: string) => {
  const [line] = await until(`${service} to run`, async () => {
    const found = await lab.orca.containers(service);
    return found.length > 0 && found;
  });
  await lab.engine.docker(['exec', line?.split(' ')[0] ?? '', 'sh', '-c', ': >/go']);
};
const UNTIL_LET = 'until test -f /go; do sleep 0.2; done';

interface Deployment {
  readonly service: string;
  readonly state: string;
  readonly reason: string;
  readonly started_at: number;
}

const newest = async (service: string): Promise<Deployment | undefined> => {
  const { body } = await lab.orca.api('GET', `/api/v1/deployments?service=${service}`);
  return (JSON.parse(body) as { deployments: readonly Deployment[] }).deployments[0];
};

const idOf = async (service: string): Promise<string | undefined> =>
  (await lab.orca.containers(service))[0]?.split(' ')[0];

/** When the container of a service was made, in the order of time. */
const madeAt = async (service: string) => {
  const [line = ''] = await lab.orca.containers(service);
  return lab.engine.docker(['inspect', '--format', '{{.Created}}', line.split(' ')[0] ?? '']);
};

test('services are deployed after those they depend on: healthy, started, completed', async () => {
  const { ended, said } = begin({
    web: { ...runs, on: '{api: started, migrate: completed}' },
    api: { ...runs, on: '[db]' },
    migrate: { script: 'sleep 1', on: '[db]', more: ['restart: never'] },
    db: { script: `${UNTIL_LET}; touch /ok; ${WAITS}`, more: [HEALTH] },
  });
  await until('api to wait', () => /api pending: waits for db to be healthy/.test(said()));
  const waits = /web pending: waits for (api|migrate) to have (started|completed)/;
  await until('web to wait', () => waits.test(said()));
  await go('db');
  assert.equal(await ended, 0, said());
  const [db, api, web] = await Promise.all([madeAt('db'), madeAt('api'), madeAt('web')]);
  assert.ok(db < api && api < web, `${db} < ${api} < ${web}`);
});

test('what depends on a service that fails is skipped by name, and nothing of it is changed', async () => {
  const before = await lab.orca.containers('api');
  const { code, said } = await deploy({
    web: { ...runs, script: `: 2; ${WAITS}`, on: '[api]' },
    api: { ...runs, script: `: 2; ${WAITS}`, on: '[db]' },
    db: { script: 'echo broken; exit 3', more: [HEALTH] },
  });
  assert.equal(code, 5, said);
  assert.match(
    said,
    /api skipped: it waited for db to be healthy, and deployment \d+ of db failed: db\.1 exited with code 3/,
  );
  assert.match(said, /web skipped: it waited for api to be healthy, and deployment \d+ of api was skipped/);
  assert.deepEqual(await lab.orca.containers('api'), before);
});

test('the order outlives the server: killed while one waits, the next one goes on', async () => {
  const deploying = lab.orca.startOrca(
    'deploy',
    '--detach',
    '-f',
    manifest({
      late: { ...runs, on: '[slow]' },
      slow: { script: `${UNTIL_LET}; touch /ok; ${WAITS}`, more: [HEALTH] },
    }),
  );
  await until('one that waits', async () => (await newest('late'))?.reason === 'waits for slow to be healthy');
  deploying.kill();
  lab.orca.killServer();
  await lab.orca.startServer();
  assert.equal((await newest('late'))?.state, 'pending');
  assert.deepEqual(await lab.orca.containers('late'), []);
  await go('slow');
  await until('both to be there', async () => (await newest('late'))?.state === 'succeeded');
  assert.ok((await madeAt('slow')) < (await madeAt('late')));
});

test('services that are started again after a stop of all keep the order', async () => {
  const parts = { first: good, second: { ...runs, on: '[first]' } };
  assert.equal((await deploy(parts)).code, 0);
  for (const name of ['second', 'first']) assert.equal((await lab.orca.orca('stop', name, '--yes')).code, 0);
  await until(
    'nothing that runs',
    async () => [...(await lab.orca.containers('first')), ...(await lab.orca.containers('second'))].length === 0,
  );
  for (const name of ['first', 'second']) await lab.orca.api('POST', `/api/v1/services/${name}/start`);
  await until('both again', async () => (await lab.orca.containers('second')).length === 1);
  assert.ok((await madeAt('first')) < (await madeAt('second')));
});

test('after Docker has begun anew the order is kept again: what came up well stays, what nobody can tell of is started again', async () => {
  const slow = `rm -f /ok; ${UNTIL_LET}; touch /ok; rm -f /go; ${WAITS}`;
  const deploying = begin({
    base: { script: slow, more: [HEALTH] },
    well: { ...runs, on: '[base]' },
    work: { script: WAITS, on: '[base]' },
  });
  await go('base');
  assert.equal(await deploying.ended, 0, deploying.said());
  const [base, well, work] = await Promise.all(['base', 'well', 'work'].map(idOf));
  await lab.engine.stopEngine();
  await lab.engine.startEngine();
  await until('what Docker starts', async () => (await idOf('base')) === base);
  await go('base');
  await until('another worker', async () => ![work, undefined].includes(await idOf('work')));
  assert.deepEqual([await idOf('base'), await idOf('well')], [base, well]);
});

test('a cycle is refused by its name', async () => {
  const { code, said } = await deploy({ one: { script: WAITS, on: '[two]' }, two: { script: WAITS, on: '[one]' } });
  assert.equal(code, 3, said);
  assert.match(said, /these services depend on each other: one -> two -> one/);
});
