import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { it } from 'node:test';
import { setSecret } from '../../../src/contract/secrets.ts';
import { scriptedServer } from '../client/scripted-server.ts';
import { cliEntry, runCli, surroundings } from './run-cli.ts';

it('a key that is none is refused before its value is read', async (t) => {
  const server = await scriptedServer([[setSecret, () => assert.fail()]]);
  t.after(() => server.close());
  for (const key of ['a b', '__proto__', '1A', 'x'.repeat(129)]) {
    const args = ['secrets', 'set', key, '-p', 'shop'];
    // Whoever reads its input waits until it is killed: nobody ends it.
    const child = spawn(process.execPath, [await cliEntry(), ...args], {
      env: surroundings({ api: server.api }),
      stdio: ['pipe', 'ignore', 'pipe'],
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    child.stdin.destroy();
    assert.equal(code, 1, said);
    assert.match(said, /is no key of a secret\nhint: a key has letters, digits/);
  }
  const named = await runCli(['secrets', 'set', 'a b', '-p', 'shop', '--file', '/no/such/file'], { api: server.api });
  assert.match(named.stderr, /"a b" is no key/);
  assert.deepEqual(server.requests, []);
});

it('of a secret that is served as a certificate is told that no deploy is needed', async (t) => {
  const use = { project: 'shop', service: 'web', version: 2, certificate: true };
  const answer = { key: 'CERT', project: 'shop', version: 2, fingerprint: 'f', changed: true, deployments: [] };
  const server = await scriptedServer([[setSecret, () => ({ json: { ...answer, used_by: [use] } })]]);
  t.after(() => server.close());
  const { stdout, stderr } = await runCli(['secrets', 'set', 'CERT', '-p', 'shop', '--file', import.meta.filename], {
    api: server.api,
  });
  const said = stdout + stderr;
  assert.match(said, /certificate of shop\/web: orca serves the newest version, no deploy needed/);
  assert.doesNotMatch(said, /--now|no service uses it/);
});
