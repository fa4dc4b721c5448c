import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type AuditBody, audit } from '../../../src/contract/audit.ts';
import { type ScriptedAnswer, scriptedServer } from '../client/scripted-server.ts';
import { runCli } from './run-cli.ts';

const AT = Date.UTC(2026, 0, 31, 12, 0, 0);

const entry = (changes: Partial<AuditBody>): AuditBody => ({
  at: AT,
  actor: 'ann',
  actor_id: 'a1',
  role: 'admin',
  address: '127.0.0.1',
  method: 'POST',
  path: '/api/v1/stop',
  about: null,
  status: 200,
  code: null,
  result: 'done',
  request_id: null,
  ...changes,
});

const called = (path: string, at = AT) => entry({ path, at });

/** Answers one after the other, the last one for ever. */
async function serve(t: TestContext, answers: readonly (readonly AuditBody[] | 'away')[]) {
  const queries: Readonly<Record<string, unknown>>[] = [];
  const server = await scriptedServer([
    [
      audit,
      ({ query }): ScriptedAnswer => {
        const answer = answers[Math.min(queries.length, answers.length - 1)] ?? [];
        queries.push(query);
        return answer === 'away' ? { status: 502, raw: '', type: 'text/plain' } : { json: { entries: answer } };
      },
    ],
  ]);
  t.after(() => server.close());
  return { api: server.api, queries };
}

const pathsIn = (text: string) => [...text.matchAll(/POST (\S+):/g)].map(([, path]) => path);

test('audit --follow shows each entry once, also those of one moment, and goes on after the server was away', async (t) => {
  const [a, b, c, last] = [called('/a'), called('/b', AT + 1), called('/c', AT + 1), called('/last', AT + 2)];
  const { api, queries } = await serve(t, [[a, b], [b], 'away', [b, c], [c, last]]);
  const { code, stdout } = await runCli(['audit', '-f', '-n', '7', '--only', 'changes'], { api, interruptAt: '/last' });
  assert.equal(code, 130);
  assert.deepEqual(pathsIn(stdout), ['/a', '/b', '/c', '/last']);
  assert.deepEqual(queries.slice(0, 3), [
    { limit: 7, only: 'changes' },
    { limit: 200, only: 'changes', since: String(AT + 1) },
    { limit: 200, only: 'changes', since: String(AT + 1) },
  ]);
});

test('audit --follow begins also where there is nothing yet, with a line each for a program', async (t) => {
  const { api } = await serve(t, [[], [called('/first')]]);
  const { stdout } = await runCli(['audit', '-f', '--json'], { api, interruptAt: '/first' });
  assert.deepEqual(
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).path),
    ['/first'],
  );
});

test('audit --follow says where entries are missing', async (t) => {
  const flood = Array.from({ length: 200 }, (_, at) => called(`/flood/${at}`, AT + 5));
  const { api } = await serve(t, [[called('/a')], flood, [...flood.slice(1), called('/last', AT + 6)]]);
  const { stderr } = await runCli(['audit', '-f'], { api, interruptAt: '/last' });
  assert.equal(stderr.match(/some entries are missing here/g)?.length, 1);
});

test('audit --follow does not wait for a server that was never there', async (t) => {
  const { api, queries } = await serve(t, ['away']);
  assert.notEqual((await runCli(['audit', '-f'], { api })).code, 0);
  assert.equal(queries.length, 1);
});
