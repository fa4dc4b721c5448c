import assert from 'node:assert/strict';
import { Agent, createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { engineTime } from '../../../src/core/clock.ts';
import type { Split, Table, Target } from '../../../src/core/route/table.ts';
import { finallyDo, isAlive, type Lab, route, startLab, table, target, until } from './support/lab.ts';

const WEIGHT = 20;
/** Processes start slowly on a busy machine, ms. */
const PATIENCE = 60_000;

async function startVersion(t: TestContext, version: string): Promise<number> {
  const server = createServer((_, response) => response.end(version));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  finallyDo(t, () => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

interface Canary {
  readonly lab: Lab;
  readonly targets: readonly Target[];
  /** The same pool and split again, as every restart of a task and every other deployment has it. */
  publish(targets?: readonly Target[]): void;
  readonly isServing: () => boolean;
}

/** Three old tasks and one new one behind real workers. */
async function startCanary(t: TestContext, split: Split, workers: number): Promise<Canary> {
  const lab = await startLab(t, { args: ['--worker', 'real', '--workers', String(workers)] });
  const [old, fresh] = [await startVersion(t, 'old'), await startVersion(t, 'new')];
  const probed = (port: number) => ({ probe: { port, interval: 500, timeout: PATIENCE, failures: 100 } });
  const targets = [
    ...['old1', 'old2', 'old3'].map((task) => target(task, old, probed(old))),
    target('new1', fresh, { ...probed(fresh), revision: 2 }),
  ];
  let revision = 0;
  const publish = (of = targets) => {
    revision += 1;
    lab.link.publish(splitTable(revision, of, split));
  };
  publish();
  const isServing = () => lab.link.settled() && targets.every(({ task }) => lab.link.health(task)?.ready);
  await until('ready', isServing, PATIENCE);
  assert.equal(lab.link.cannotSplit(), undefined);
  return { lab, targets, publish, isServing };
}

function splitTable(revision: number, targets: readonly Target[], split: Split): Table {
  const base = table(revision, targets, [route([])]);
  const tasks = (of: number) => targets.filter((one) => one.revision === of).map(({ task }) => task);
  const shares = [
    { weight: 100 - WEIGHT, targets: tasks(1) },
    { weight: WEIGHT, targets: tasks(2) },
  ];
  return { ...base, pools: base.pools.map((pool) => ({ ...pool, shares, split })) };
}

/** @returns the version that answered; undefined if the connection was cut, as by a worker's death */
function ask(port: number, { agent, cookie = '' }: { agent?: Agent; cookie?: string }): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'shop.test', ...(cookie === '' ? {} : { cookie }) };
    const request = get({ host: '127.0.0.1', port, headers, agent: agent ?? false }, (response) => {
      if (response.statusCode === 200) read(response).then(resolve, () => resolve(undefined));
      else reject(new Error(`answered ${response.statusCode}`));
    });
    request.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve(undefined) : reject(error),
    );
  });
}

async function read(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
}

async function killWorker({ lab, isServing }: Canary): Promise<void> {
  const victim = lab.link.workers()?.find(({ draining }) => !draining)?.pid ?? 0;
  const count = lab.link.workers()?.length;
  process.kill(victim, 'SIGKILL');
  await until('replaced', () => !isAlive(victim) && lab.link.workers()?.length === count && isServing(), PATIENCE);
}

test('by request, 10,000 answers are divided as asked, while workers are killed, tasks restart and tables change', async (t) => {
  const canary = await startCanary(t, { by: 'request', salt: 'd-1' }, 3);
  const { lab, targets, publish } = canary;
  const counts: Record<string, number> = { old: 0, new: 0, cut: 0 };
  let asked = 0;
  let killing: Promise<void> | undefined;
  const kept = new Agent({ keepAlive: true, maxSockets: 4 });
  finallyDo(t, () => kept.destroy());

  const happens = (at: number) => {
    if (at % 50 === 0) publish();
    if (at === 3000) killing = killWorker(canary);
    if (at === 5000) publish(targets.map((one) => (one.task === 'old2' ? { ...one, startedAt: engineTime(2) } : one)));
    if (at === 7000) killing = killing?.then(() => killWorker(canary));
  };
  /** Some clients keep one connection for all they ask, others open one for each request. */
  const client = async (agent?: Agent) => {
    while (asked < 10_000) {
      asked += 1;
      happens(asked);
      const version = (await ask(lab.port, agent === undefined ? {} : { agent })) ?? 'cut';
      counts[version] = (counts[version] ?? 0) + 1;
      await turn();
    }
  };
  await Promise.all([client(kept), client(kept), client(kept), client(kept), client(), client()]);
  await killing;
  const { old = 0, new: fresh = 0, cut = 0 } = counts;
  assert.ok(cut <= 12, `${cut} requests were cut by two deaths, with six clients`);
  const share = (fresh / (old + fresh)) * 100;
  assert.ok(Math.abs(share - WEIGHT) <= 2, `${share} % of ${old + fresh}`);
});

test('by cookie, each session has its version in every worker, also in those that come after a kill', async (t) => {
  const canary = await startCanary(t, { by: 'cookie', name: 'sid', salt: 'd-1' }, 2);
  const { lab } = canary;
  const sessions = Array.from({ length: 60 }, (_, at) => `sid=s${at}`);
  const versions = () => Promise.all(sessions.map((cookie) => ask(lab.port, { cookie })));
  const before = await versions();
  assert.deepEqual(new Set(before), new Set(['old', 'new']));
  await killWorker(canary);
  for (let round = 0; round < 3; round += 1) assert.deepEqual(await versions(), before);
  const supervisor = lab.link.connected()?.pid ?? 0;
  process.kill(supervisor, 'SIGKILL');
  await until('started again', () => lab.link.connected()?.pid !== supervisor && canary.isServing(), PATIENCE);
  for (let round = 0; round < 3; round += 1) assert.deepEqual(await versions(), before);
});

test('while the new version does not serve, all is answered by the old one', async (t) => {
  const canary = await startCanary(t, { by: 'request', salt: 'd-1' }, 2);
  const { lab, targets, publish } = canary;
  publish(targets.map((one) => (one.task === 'new1' ? { ...one, port: 1, probe: { ...one.probe, port: 1 } } : one)));
  await until('in use', () => lab.link.settled(), PATIENCE);
  for (let count = 0; count < 100; count += 1) assert.equal(await ask(lab.port, {}), 'old');
  publish();
  await until('ready again', canary.isServing, PATIENCE);
  await until('it answers', async () => (await ask(lab.port, {})) === 'new', PATIENCE);
});
