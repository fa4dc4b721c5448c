import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { until } from '../lab/until.ts';
import { directory, finallyDo, freePort } from './dataplane/support/lab.ts';

const MAIN = resolve(import.meta.dirname, '../../src/main.ts');

interface Install {
  readonly dir: string;
  call(method: string, path: string, body?: unknown, token?: string): Promise<Response>;
}

/** A server on a folder that is not there yet; without an engine. */
async function install(t: TestContext): Promise<Install> {
  const dir = join(directory(t), 'data');
  const port = await freePort();
  const flags = ['--api', `127.0.0.1:${port}`, '--http', 'off', '--docker', 'unix:///nowhere'];
  spawn(process.execPath, [MAIN, 'server', '--data', dir, ...flags], { stdio: 'ignore' });
  finallyDo(t, () => spawnSync(process.execPath, [MAIN, 'server', '--stop', '--all', '--data', dir]));
  const call: Install['call'] = (method, path, body, token = tokenOf(dir)) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
  const isUp = () => fetch(`http://127.0.0.1:${port}/health/live`).then(({ ok }) => ok);
  await until('the server to be up', () => isUp());
  return { dir, call };
}

const tokenOf = (dir: string): string => readFileSync(join(dir, 'admin.token'), 'utf8').trim();

const filesIn = (dir: string): readonly string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** All that is long enough for a key of 128 bits, in whatever it may be written. */
const longTexts = (dir: string): ReadonlySet<string> =>
  new Set(filesIn(dir).flatMap((file) => readFileSync(file, 'latin1').match(/[\w+/=-]{22,}/g) ?? []));

/** What every orca writes into its folder alike: names, of letters alone, and where a record lies. */
const isName = (text: string): boolean =>
  /^[a-z]+(?:[-_/][a-z]+)*$/i.test(text) || text.startsWith('secret-versions/shop/KEY/');

test('two fresh installs share no key, no token and no id, and keep a secret of the same value apart', async (t) => {
  const [a, b] = await Promise.all([install(t), install(t)]);
  const seen = await Promise.all(
    [a, b].map(async ({ dir, call }) => {
      const set = await call('PUT', '/api/v1/secrets/KEY?project=shop', { value: 'the same value in both' });
      assert.equal(set.status, 200, await set.clone().text());
      const token = await call('POST', '/api/v1/tokens', { name: 'ci', role: 'viewer' });
      assert.equal(token.status, 201);
      for (const name of ['secret.key', 'admin.token', 'orca.db'])
        assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600, name);
      return {
        key: readFileSync(join(dir, 'secret.key'), 'utf8'),
        token: tokenOf(dir),
        made: ((await token.json()) as { token: string }).token,
        fingerprint: ((await set.json()) as { fingerprint: string }).fingerprint,
        long: longTexts(dir),
      };
    }),
  );
  const [first, second] = seen as [(typeof seen)[0], (typeof seen)[0]];
  for (const what of ['key', 'token', 'made', 'fingerprint'] as const) assert.notEqual(first[what], second[what], what);
  assert.ok(first.long.has(first.key.trim()) && first.long.has(first.token), 'keys are among what is compared');
  assert.deepEqual(
    [...first.long].filter((text) => second.long.has(text) && !isName(text)),
    [],
  );
  assert.equal((await b.call('GET', '/api/v1/status', undefined, first.token)).status, 401);
  assert.equal((await b.call('GET', '/api/v1/status', undefined, first.made)).status, 401);
});
