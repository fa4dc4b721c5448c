import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({ images: ['orca-test/app:1'] });

const APP =
  '    image: orca-test/app:1\n    port: 8080\n    health: {path: /healthz, interval: 500ms}\n    deploy: {monitor: 0s}\n';

const deploy = async (project: string, services: string): Promise<string> => {
  const { code, stderr } = await lab.orca.orca(
    'deploy',
    '-f',
    lab.orca.manifest(project, `project: ${project}\nservices:\n${services}`),
  );
  assert.equal(code, 0, stderr);
  return stderr;
};

const containerOf = async (service: string): Promise<string> => {
  const [first = ''] = await lab.orca.containers(service);
  return first.split(' ')[0] ?? '';
};

/** What a program in a service's container prints. */
const run = async (service: string, program: string, ...args: readonly string[]): Promise<string> =>
  (
    await lab.engine.docker([
      'exec',
      await containerOf(service),
      '/bin/node',
      '--input-type=module',
      '--eval',
      program,
      ...args,
    ])
  ).trim();

const RESOLVE = `
  import { Resolver } from 'node:dns/promises';
  const resolver = new Resolver({ timeout: 4000, tries: 1 });
  const kind = process.argv[2] ?? 'A';
  const words = (found) => JSON.stringify(found.sort());
  console.log(await resolver.resolve(process.argv[1], kind).then(words, (error) => error.code));
`;
const resolve = (service: string, name: string, kind = 'A') => run(service, RESOLVE, name, kind);

const FETCH = 'console.log((await fetch(process.argv[1], { signal: AbortSignal.timeout(4000) })).status)';

test('two services of a project reach each other by name from their first instruction', async () => {
  await deploy('shop', `  db:\n${APP}    replicas: 2\n  web:\n${APP}`);
  assert.deepEqual(JSON.parse(await resolve('web', 'db')), ['10.208.16.2', '10.208.16.3']);
  assert.equal(await resolve('web', 'db'), await resolve('web', 'DB.shop.internal'));
  assert.equal(await resolve('web', 'db', 'AAAA'), 'ENODATA');
  assert.equal(await resolve('web', 'nobody.shop.internal'), 'ENOTFOUND');
  assert.equal(await run('web', FETCH, 'http://db:8080/'), '200');
});
