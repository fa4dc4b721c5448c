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
