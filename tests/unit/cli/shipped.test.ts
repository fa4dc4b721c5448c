import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as statusContract from '../../../src/contract/status.ts';
import { scriptedServer, TOKEN } from '../client/scripted-server.ts';
import { folder, runCli } from './run-cli.ts';
import { service, status } from './samples.ts';

/** Parts that are loaded only where they are used: the bundler resolves those in its own way. */
describe('the CLI as it is shipped', () => {
  it('takes its server from the configuration file', async (t) => {
    const server = await scriptedServer([[statusContract.status, () => ({ json: status([service()]) })]]);
    t.after(() => server.close());
    const home = await folder(t);
    await mkdir(join(home, '.config/orca'), { recursive: true });
    const config = { current: 'lab', contexts: { lab: { api: server.api, token: TOKEN } } };
    await writeFile(join(home, '.config/orca/config.yml'), JSON.stringify(config));
    const { code, stdout, stderr } = await runCli(['status'], { token: null, env: { HOME: home } });
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /web/);
  });

  it('speaks TLS to an https address', async (t) => {
    const server = await scriptedServer([[statusContract.status, () => ({ json: status([]) })]]);
    t.after(() => server.close());
    const { code, stderr } = await runCli(['status'], { api: server.api.replace('http:', 'https:') });
    assert.equal(code, 1);
    assert.match(stderr, /SSL|TLS|packet length|wrong version/i);
    assert.doesNotMatch(stderr, /bug|TypeError/);
  });
});
