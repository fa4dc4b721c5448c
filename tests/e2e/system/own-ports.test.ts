import assert from 'node:assert/strict';
import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { MAIN } from '../../lab/entries.ts';
import { until } from '../../lab/until.ts';

type Line = Readonly<Record<string, unknown>>;

interface Server {
  readonly child: ChildProcess;
  /** What it has logged, a line each. */
  lines(): readonly Line[];
  errors(): string;
}

let engine: LabEngine;
let data: string;

before(async () => {
  engine = await startEngine();
  data = join(engine.dir, 'orca');
  await engine.ensureImage('orca-test/web:1');
});
after(async () => {
  stopAll();
  await engine.stop();
});

const stopAll = (): void => {
  spawnSync(process.execPath, [MAIN, 'server', '--stop', '--all', '--data', data], { stdio: 'ignore' });
};

function launch(api: number, http: string): Server {
  const flags = ['--data', data, '--api', `127.0.0.1:${api}`, '--http', http, '--docker', engine.url];
  const child = engine.spawn([process.execPath, MAIN, 'server', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (chunk) => {
      said[name] += chunk;
    });
  return { child, lines: () => said.stdout.split('\n').slice(0, -1).map(parse), errors: () => said.stderr };
}

const parse = (line: string): Line => JSON.parse(line) as Line;
const find = (server: Server, msg: string): Line | undefined => server.lines().find((line) => line['msg'] === msg);

async function start(api: number, http: string): Promise<Server> {
  const server = launch(api, http);
  await until('the server to be up', () => find(server, 'the server is up') !== undefined);
  return server;
}

async function stop({ child }: Server): Promise<void> {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** Over the socket in the data folder, as the namespace's ports are not this one's. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
function ask(method: string, path: string, body?: object): Promise<any> {
  return new Promise((done, failed) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const sent = request({ socketPath: join(data, 'orca.sock'), method, path, headers, agent: false }, async (answer) =>
      done(JSON.parse(await text(answer))),
    );
    sent.on('error', failed).end(body && JSON.stringify(body));
  });
}

const status = () => ask('GET', '/api/v1/status');
const web = (port: string) => ({
  services: [{ name: 'web', project: 'shop', image: 'orca-test/web:1', deploy: { monitor: '0s' }, ports: [port] }],
});

/** What plan and deploy say, which is the same. */
async function refusal(port: string): Promise<string | undefined> {
  const plan = await ask('POST', '/api/v1/plan', web(port));
  const deploy = await ask('POST', '/api/v1/deploy', web(port));
  const [service] = deploy.services;
  const refused = service.state === 'refused' ? service.reason : undefined;
  assert.equal(plan.errors[0]?.error, refused);
  if (refused === undefined) assert.equal(service.state, 'succeeded', JSON.stringify(service));
  return refused;
}

test('ports that the system chose for API and ingress are known, told, and refused to services, also after a restart', async () => {
  const first = await start(0, '[::]:0');
  const api = Number((find(first, 'the server is up')?.['api'] as { port?: number } | undefined)?.port);
  assert.ok(api > 0);
  const ingress = await until('the port of the ingress', async () => (await status()).http_port as number | null);
  assert.equal((await fetch(`http://${engine.address}:${ingress}/`)).status, 404, 'the ingress answers there');
  for (const address of ['[::1]:', '0.0.0.0:', '', '[::]:']) {
    const said = await refusal(`${address}${api}:8080`);
    assert.equal(said, `port ${api}/tcp is in use by orca itself: its API listens there`);
    assert.match((await refusal(`${address}${ingress}:8080`)) ?? '', /: its ingress listens there$/);
  }
  assert.equal((await engine.docker(['ps', '-aq'])).trim(), '', 'no container was made for it');
  await stop(first);

  const second = await start(0, '[::]:0');
  await until('the data plane to be known', async () => (await status()).http_port === ingress);
  assert.match((await refusal(`[::1]:${ingress}:8080`)) ?? '', /: its ingress listens there$/);
  assert.ok(!second.lines().some(({ msg }) => /goes on with the settings/.test(String(msg))));
  await stop(second);
});

const [OTHER, TAKEN] = [21_234, 21_235];

test('a server that moves to a port that a container has on another address says which service it is', async () => {
  const first = await start(OTHER, '[::]:0');
  assert.equal(await refusal(`[::1]:${TAKEN}:8080`), undefined);
  await stop(first);

  const moved = await start(TAKEN, '[::]:0');
  const told = new RegExp(`^shop/web publishes port ${TAKEN} on ::1, where orca's API listens: `);
  await until('the warning', () => moved.lines().some(({ msg }) => told.test(String(msg))));
  const { warnings } = await status();
  assert.ok(
    warnings.some((warning: string) => told.test(warning)),
    String(warnings),
  );
  await stop(moved);
});

test('a server that cannot listen, as a container has the port, says which service it is', async () => {
  const first = await start(OTHER, '[::]:0');
  assert.equal(await refusal(`${TAKEN}:8080`), undefined);
  await stop(first);

  const refused = launch(TAKEN, '[::]:0');
  const [code] = (await once(refused.child, 'close')) as [number | null];
  assert.equal(code, 8, refused.errors());
  assert.match(refused.errors(), new RegExp(`EADDRINUSE: shop/web publishes port ${TAKEN} on 127\\.0\\.0\\.1, where`));
  assert.match(refused.errors(), new RegExp(`hint: stop what listens there .*docker ps --filter publish=${TAKEN}`));
});
