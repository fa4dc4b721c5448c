import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { suite, test } from 'node:test';
import type { TrafficStatus } from '../../../src/contract/status.ts';
import { startLoad } from '../../lab/load/load.ts';
import { perSecond } from '../../lab/load/rate.ts';
import { isLong } from '../../lab/often.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

/** Two that take minutes, on one engine: many deploys, and a canary of which whole minutes are counted. */
const lab = useCluster({ images: ['orca-test/app:1', 'orca-test/app:2'] });

const DEPLOYS = isLong() ? 10 : 4;
const RATE = perSecond(500);
const SOCKETS = 20;

const web = (version: number) =>
  lab.orca.manifest(
    'web',
    `project: shop
services:
  web:
    image: orca-test/app:${version}
    replicas: 2
    port: 8080
    domain: shop.example.com
    health: /healthz
    env: {SLOW_MS: "1000", SHUTDOWN_MS: "500"}
    deploy: {monitor: 500ms}
`,
  );

const deploy = async (version: number) => {
  const { code, stdout, stderr } = await lab.orca.orca('deploy', '-f', web(version));
  return code === 0 ? '' : stdout + stderr;
};

const rolled = Promise.withResolvers<void>();

const EXAMPLE = readFileSync('examples/canary/orca.yml', 'utf8');
/** Whole minutes are waited for. */
const MINUTES = 300_000;
/** ms. A hundred of them are some requests a second then. */
const BETWEEN_VISITS = 3_000;

/** The example as it is, but for its image: here it is an app that says its version. */
const file = (version: number) =>
  lab.orca.manifest('canary', EXAMPLE.replace('orca-hello:1', `orca-test/app:${version}`));

const orca = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await lab.orca.orca(...args);
  assert.equal(code, 0, `orca ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
};

/** The version that a visitor gets. */
const visit = (visitor: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const headers = { host: 'canary.localhost', cookie: `theme=dark; visitor=${visitor}` };
    const sent = request({ host: lab.engine.address, port: 80, headers, agent: false }, (answer) => {
      assert.equal(answer.statusCode, 200);
      answer.resume().on('end', () => resolve(String(answer.headers['x-version'])));
    });
    sent.on('error', reject).end();
  });

const VISITORS = Array.from({ length: 100 }, (_, at) => at);
const visits = async (): Promise<readonly string[]> => {
  const versions: string[] = [];
  for (const visitor of VISITORS) versions.push(await visit(visitor));
  return versions;
};
const withNew = (versions: readonly string[]) => VISITORS.filter((visitor) => versions[visitor] === '2');

const traffic = async (): Promise<TrafficStatus> =>
  JSON.parse((await lab.orca.api('GET', '/api/v1/status?project=canary')).body).services[0].traffic;

suite('beside one another', { concurrency: true }, () => {
  test(`${DEPLOYS} rolling deploys in a row under ${RATE} requests a second and ${SOCKETS} WebSockets: none fails`, async (t) => {
    t.after(() => rolled.resolve());
    assert.equal(await deploy(1), '');
    await using load = await startLoad({
      address: lab.engine.address,
      host: 'shop.example.com',
      rate: RATE,
      sockets: SOCKETS,
    });
    const complaints = [];
    for (let n = 1; n <= DEPLOYS; n += 1) complaints.push(await deploy(1 + (n % 2)));
    const seen = await load.stop();
    t.diagnostic(JSON.stringify(seen));
    assert.deepEqual(complaints.filter(Boolean), []);
    assert.deepEqual(seen.failures, []);
    assert.equal(seen.failed, 0);
    assert.ok((seen.versions['1'] ?? 0) > 0 && (seen.versions['2'] ?? 0) > 0, 'both versions answered');
    assert.ok(seen.frames > 0 && seen.closed > 0, 'WebSockets talked, and were closed in good order');
  });

  test('the example: a quarter of the visitors, then half, then all; each stays with one version, and both are compared', async () => {
    await orca('deploy', '-f', file(1));
    assert.deepEqual(new Set(await visits()), new Set(['1']));

    await orca('deploy', '-f', file(2));
    const first = await visits();
    const quarter = withNew(first);
    assert.ok(quarter.length > 8 && quarter.length < 45, `${quarter.length} of 100 visitors`);
    assert.deepEqual(await visits(), first);

    let strayed = 0;
    const compared = await until(
      'a whole minute of the step, with requests to both versions',
      async () => {
        strayed += (await visits()).filter((version, visitor) => version !== first[visitor]).length;
        const now = await traffic();
        return now.minutes > 0 && now.revisions.every(({ requests }) => requests > 0) ? now : undefined;
      },
      MINUTES,
      BETWEEN_VISITS,
    );
    assert.equal(strayed, 0, 'visits that got another version than the first');
    assert.deepEqual(
      compared.revisions.map(({ revision, share_asked, errors }) => [revision, share_asked, errors]),
      [
        [1, 0.75, 0],
        [2, 0.25, 0],
      ],
    );
    const [old, fresh] = compared.revisions;
    assert.ok(old && fresh && Math.abs((old.share ?? 0) + (fresh.share ?? 0) - 1) < 1e-9);
    for (const { p50_ms, p99_ms } of [old, fresh]) assert.ok((p50_ms ?? 0) > 0 && (p99_ms ?? 0) >= (p50_ms ?? 0));
    const told = await orca('status', 'web', '-p', 'canary');
    assert.match(
      told,
      /in the last \d+ min of this step:\n.*revision 1: 75 % asked for, had .* %: \d+ requests, 0 errors/,
    );

    await rolled.promise; // Its deploys would lose their server.
    lab.orca.killServer();
    const killed = Date.now();
    await lab.orca.startServer();
    const after = await until('the data plane to tell', async () => (await traffic()) ?? undefined);
    assert.ok(after.since >= killed, 'what was counted before the server began is not claimed');
    assert.deepEqual(await visits(), first);

    await orca('promote', 'web', '-p', 'canary', '--step');
    const half = withNew(await visits());
    assert.ok(half.length > quarter.length, `${half.length} of 100 visitors`);
    for (const visitor of quarter) assert.ok(half.includes(visitor), `visitor ${visitor} lost the new version`);
    await orca('promote', 'web', '-p', 'canary');
    assert.deepEqual(new Set(await visits()), new Set(['2']));
  });
});
