import assert from 'node:assert/strict';
import { createHmac, randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Load, startGenerator } from '../../lab/load/process.ts';
import { perSecond } from '../../lab/load/rate.ts';
import type { Answered } from '../../lab/send.ts';
import { makeShopImage, type ShopWish, shopManifest } from '../../lab/shop/example.ts';
import { visitShop } from '../../lab/shop/first-visit.ts';
import type { Problem, ShopOutcome } from '../../lab/shop/generator.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

/** `ORCA_SHOP_FULL=1`: as often as it takes to believe it; else as often as a run of all tests has time for. */
const FULL = process.env['ORCA_SHOP_FULL'] === '1';
const [DEPLOYS, WORKER_DEPLOYS, KILLS] = FULL ? [10, 3, 10] : [2, 1, 2];
/** `ORCA_SEED=<n>` kills the server at the same steps again. */
const SEED = Number(process.env['ORCA_SEED'] ?? randomInt(1, 1_000_000));
const RATE = FULL ? 200 : perSecond(200);
const HOST = 'shop.localhost';

const lab = useCluster({ images: [] });

/** What is wanted now; each deploy changes a part of it. */
let wish: ShopWish = { web: { image: '1', version: 'v0' }, worker: '1', db: '1', greeting: 'hello' };
let versions = 0;
const nextVersion = (image = wish.web.image): ShopWish['web'] => {
  versions += 1;
  return { image, version: `v${versions}` };
};

async function deploy(change: Partial<ShopWish>): Promise<{ readonly code: number | null; readonly said: string }> {
  wish = { ...wish, ...change };
  const { code, stdout, stderr } = await lab.orca.orca('deploy', '-f', shopManifest(lab.orca, wish));
  return { code, said: stdout + stderr };
}

async function deployed(change: Partial<ShopWish>): Promise<void> {
  const { code, said } = await deploy(change);
  assert.equal(code, 0, said);
}

async function orca(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await lab.orca.orca(...args);
  assert.equal(code, 0, `orca ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

const sql = async (statement: string): Promise<readonly string[]> =>
  (await orca('exec', 'db', '-p', 'shop', '--', 'psql', 'shop', '-Atc', statement)).split('\n').filter(Boolean);

/** An answer of the shop, in however much time, and when it has its database: the load does not wait for one, this does. */
const ask = (path: string, options: { readonly method?: string; readonly body?: string } = {}): Promise<Answered> =>
  until(`an answer to ${path}`, async () => {
    const answer = await lab.orca.ask(HOST, path, options);
    return answer.headers['x-shop-error'] === undefined ? answer : undefined;
  });

const greets = async (greeting: string, version: string): Promise<void> =>
  assert.equal((await ask('/')).body, `${greeting}, version ${version}\n`);

async function setReceiptKey(key: string, ...more: readonly string[]): Promise<void> {
  const file = join(lab.engine.dir, 'receipt-key');
  writeFileSync(file, key);
  await orca('secrets', 'set', 'RECEIPT_KEY', '-p', 'shop', '--file', file, ...more);
}

/** An order's receipt is made with this version of the secret. */
async function receiptsAreOf(key: string): Promise<void> {
  const { body } = await ask('/orders', { method: 'POST', body: '{"item": "receipt"}' });
  const { id, receipt } = JSON.parse(body) as { id: string; receipt: string };
  assert.equal(receipt, createHmac('sha256', key).update(id).digest('hex'));
}

interface Service {
  readonly name: string;
  readonly status: string;
  readonly replicas: number;
  readonly running_replicas: number;
}

const allRun = () =>
  until('all of the shop to run, and its database to answer', async () => {
    const { services } = JSON.parse((await lab.orca.api('GET', '/api/v1/status')).body) as { services: Service[] };
    const run = services.every((one) => one.status === 'running' && one.running_replicas === one.replicas);
    return run && (await lab.orca.ask(HOST, '/orders')).status === 200;
  });

interface Deployment {
  readonly to: number;
  readonly state: string;
  readonly reason: string;
}

const deployments = async (): Promise<readonly Deployment[]> =>
  JSON.parse((await lab.orca.api('GET', '/api/v1/deployments?service=web&limit=500')).body).deployments;

const steps = () => lab.orca.serverLog().filter(({ msg }) => msg === 'step').length;

/** mulberry32: the same seed, the same choices. */
function choices(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** A time in which something of the shop was taken away on purpose, with all that the load saw in it. */
interface Window {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}
const windows: Window[] = [];

async function within<T>(name: string, act: () => Promise<T>): Promise<T> {
  const from = Date.now();
  const result = await act();
  windows.push({ name, from, to: Date.now() });
  return result;
}

const isIn = ({ from, to }: Window, { began, ended }: Pick<Problem, 'began' | 'ended'>): boolean =>
  ended >= from && began <= to;

/** `3 x this, 1 x that` */
const tally = (words: readonly string[]): string =>
  [...new Set(words)].map((word) => `${words.filter((one) => one === word).length} x ${word}`).join(', ');

/** When the server took this step of the database, within the window. */
const timeOf = (kind: string, window: Window): number => {
  const times = lab.orca
    .serverLog()
    .filter((line) => line['msg'] === 'step' && line['service'] === 'shop/db' && line['kind'] === kind)
    .map(({ time }) => Date.parse(String(time)));
  return times.find((time) => time >= window.from && time <= window.to) ?? Number.NaN;
};

let load: Load<ShopOutcome> | undefined;
after(() => load?.stop());
/** Of each replacement of the database, ms. */
const downtimesPlanned: number[] = [];
const told: { readonly what: string; readonly at: number }[] = [];

test(`the shop under ${RATE} requests a second, each tenth of which writes a row, while all of it is changed and attacked`, async (t) => {
  const began = Date.now();
  const tell = (what: string) => {
    t.diagnostic(`${Math.round((Date.now() - began) / 1000)} s: ${what}`);
    told.push({ what, at: Date.now() });
  };
  tell(`ORCA_SEED=${SEED}`);

  await t.test('the example as it is: orders and uploads are kept over a new version', async () => {
    await setReceiptKey('first key');
    await visitShop(lab.orca, HOST);
    tell('the example');
  });

  await t.test('begins', async () => {
    const migration = (from: string, name: string, text: string) => ({ from, name, sql: text });
    await makeShopImage(
      lab.engine,
      'app',
      '2',
      migration('1', '3-notes.sql', 'ALTER TABLE orders ADD COLUMN note text'),
    );
    await makeShopImage(lab.engine, 'app', '3', migration('2', '4-tags.sql', 'ALTER TABLE orders ADD COLUMN tag text'));
    await makeShopImage(lab.engine, 'app', 'bad', migration('3', '5-bad.sql', 'CREATE TABLE half (); SELECT 1 / 0'));
    await makeShopImage(lab.engine, 'db', '2');
    await deployed({});
    load = await startGenerator(join(import.meta.dirname, '../../lab/shop/generator.ts'), [
      lab.engine.address,
      HOST,
      String(RATE),
    ]);
    tell('the load began');
  });

  await t.test(`${DEPLOYS} deploys of web, with migrations, ${WORKER_DEPLOYS} of worker`, async () => {
    for (let n = 1; n <= DEPLOYS; n += 1) await deployed({ web: nextVersion(String(Math.min(3, n + 1))) });
    await greets('hello', wish.web.version);
    for (let n = 1; n <= WORKER_DEPLOYS; n += 1) await deployed({ worker: n % 2 === 1 ? '2' : '3' });
    tell('deploys');
  });

  await t.test(
    'a secret changed with --now, a config file changed, and a rollback by two brings both back',
    async () => {
      const { version } = wish.web;
      await setReceiptKey('second key', '--now');
      await receiptsAreOf('second key');
      await deployed({ greeting: 'good evening' });
      await greets('good evening', version);
      const succeeded = (await deployments()).filter(({ state }) => state === 'succeeded');
      await orca('rollback', 'web', '-p', 'shop', '--to', String(succeeded[2]?.to), '--yes');
      await greets('hello', version);
      await receiptsAreOf('first key');
      await deployed({ web: nextVersion() });
      await receiptsAreOf('second key');
      tell('secret, file, rollback');
    },
  );

  await t.test('a migration that fails: nothing is changed', async () => {
    const { web } = wish;
    const before = await until('the old ones to be gone', async () => {
      const now = await lab.orca.containers('web');
      return now.length === 2 && now;
    });
    const { code, said } = await deploy({ web: nextVersion('bad') });
    wish = { ...wish, web };
    assert.equal(code, 5, said);
    assert.match(said, /the release command failed: exited with code 1/);
    assert.match(said, /5-bad\.sql: division by zero/);
    assert.deepEqual(await lab.orca.containers('web'), before);
    tell('failing migration');
  });

  await t.test('Redis killed', async () => {
    const [before = ''] = await lab.orca.containers('redis');
    await lab.engine.docker(['kill', before.split(' ')[0] ?? '']);
    await until('another Redis', async () => {
      const [now] = await lab.orca.containers('redis');
      return now !== undefined && now !== before;
    });
    await allRun();
    tell('Redis killed');
  });

  await t.test(`the server killed at ${KILLS} steps`, async () => {
    const choose = choices(SEED);
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const [from, after] = [steps(), 1 + choose(14)];
      wish = { ...wish, web: nextVersion() };
      const deploying = lab.orca.orca('deploy', '--detach', '-f', shopManifest(lab.orca, wish));
      await until(`step ${after}`, () => steps() >= from + after, 5_000, 1).catch(() => {});
      lab.orca.killServer();
      await deploying;
      lab.orca.launchServer();
      await until('the server to answer', () => lab.orca.api('GET', '/api/v1/health'));
      // not acknowledged, or its release was being started at that moment: the user asks again
      let again = await deploy({});
      if (again.code === 5 && /not known/.test(again.said)) again = await deploy({});
      assert.equal(again.code, 0, `kill ${kill} at step ${after}: ${again.said}`);
      await allRun();
      await greets('good evening', wish.web.version);
    }
    tell('server killed');
  });

  await t.test('PostgreSQL replaced by another version, and back', async () => {
    for (const db of ['2', '1']) {
      wish = { ...wish, db };
      const plan = await lab.orca.orca('plan', '-f', shopManifest(lab.orca, wish), '--json');
      const { services } = JSON.parse(plan.stdout) as { services: { name: string; downtime_ms: number }[] };
      const planned = services.find(({ name }) => name === 'db')?.downtime_ms ?? 0;
      assert.ok(planned > 0, plan.stdout);
      downtimesPlanned.push(planned);
      await within('PostgreSQL replaced', () => deployed({}));
      await allRun();
      tell('PostgreSQL replaced');
    }
  });

  await t.test('Docker restarted', async () => {
    await within('Docker restarted', async () => {
      await lab.engine.stopEngine();
      tell('Docker stopped');
      await lab.engine.startEngine();
      tell('Docker started');
      await allRun();
    });
    await deployed({ web: nextVersion() });
    tell('Docker restarted');
  });

  await t.test('no request failed that the app did not cause, no row and no upload is lost', async () => {
    assert.ok(load !== undefined, 'the load never began');
    const { problems, orders, lostUploads, slow, ...seen } = await load.stop();
    t.diagnostic(JSON.stringify({ ...seen, orders: orders.length }));
    for (const window of windows) {
      const [app, other] = [true, false].map(
        (byApp) => problems.filter((one) => one.byApp === byApp && isIn(window, one)).length,
      );
      t.diagnostic(`${window.name}: ${window.to - window.from} ms, ${app} answered so by the app, ${other} others`);
    }
    for (const [n, swap] of windows.filter(({ name }) => name.startsWith('PostgreSQL')).entries()) {
      const longest = Math.max(0, ...slow.filter((one) => isIn(swap, one)).map((one) => one.ended - one.began));
      const away = timeOf('route', swap) - timeOf('unroute', swap);
      t.diagnostic(
        `PostgreSQL away for ${away} ms, ${downtimesPlanned[n]} ms planned; longest wait of a request ${longest} ms`,
      );
    }
    const elsewhere = problems.filter((one) => one.byApp && !windows.some((window) => isIn(window, one)));
    const phases = elsewhere.map(({ ended }) => `before "${told.find(({ at }) => at >= ended)?.what}"`);
    t.diagnostic(`${elsewhere.length} answered so by the app at other times: ${tally(phases)}`);
    const { stdout } = await lab.orca.orca('logs', 'web', '-p', 'shop', '--tail', '10000');
    const reasons = [...stdout.matchAll(/the database is away: (.*)$/gm)].map(([, reason = '']) => reason);
    t.diagnostic(`the logs of web that are kept say why: ${tally(reasons)}`);

    // while Docker is away nothing of the app runs; in all other windows the ingress has somebody to send requests to
    const docker = windows.find(({ name }) => name.startsWith('Docker')) as Window;
    assert.deepEqual(problems.filter((one) => !one.byApp && !isIn(docker, one)).slice(0, 20), []);
    assert.deepEqual(lostUploads, []);
    await until('all to be shipped', async () => {
      const { ordered, shipped } = JSON.parse((await lab.orca.ask(HOST, '/orders')).body);
      return ordered === shipped && ordered >= orders.length;
    });
    const rows = new Set(await sql('SELECT order_id FROM shipments JOIN orders ON order_id = id'));
    assert.deepEqual(
      orders.filter((id) => !rows.has(id)),
      [],
    );
    assert.ok(orders.length > 0 && seen.uploads > 0);
  });

  await t.test('each migration was applied once, and each release command ran once', async () => {
    assert.deepEqual(await sql('SELECT name FROM migrations ORDER BY name'), [
      '1-orders.sql',
      '2-shipments.sql',
      '3-notes.sql',
      '4-tags.sql',
    ]);
    assert.deepEqual(await sql("SELECT to_regclass('half')"), []);
    const runs = await sql('SELECT version || chr(32) || container FROM releases');
    const all = await deployments();
    const unknown = all.filter(({ reason }) => /not known/.test(reason)).length;
    const rollbacks = 1;
    t.diagnostic(
      `${runs.length} runs of release commands in ${all.length} deployments of web, of ${unknown} it is not known`,
    );
    assert.equal(new Set(runs).size, runs.length, runs.join(', '));
    const succeeded = all.filter(({ state }) => state === 'succeeded').length;
    assert.ok(runs.length <= all.length - rollbacks && runs.length >= succeeded - rollbacks);
  });
});
