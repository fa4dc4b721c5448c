import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { removeVolume, type VolumeBody, volumes } from '../../../src/contract/volumes.ts';
import { type ScriptedServer, scriptedServer } from '../client/scripted-server.ts';
import { runCli } from './run-cli.ts';

const DATA: VolumeBody = {
  name: 'shop_data',
  project: 'shop',
  volume: 'data',
  state: 'used',
  driver: 'local',
  adopted: false,
  size_bytes: 5 * 1024 * 1024,
  created_at: Date.now() - 3_600_000,
  services: [{ service: 'db', read_only: false }],
  revisions: [{ service: 'web', revision: 3 }],
};

async function server(t: TestContext): Promise<ScriptedServer> {
  const answer = { ok: 'removed the volume shop_data', name: 'shop_data', project: 'shop', removed: true };
  const scripted = await scriptedServer([
    [volumes, () => ({ json: { volumes: [DATA] } })],
    [removeVolume, () => ({ json: answer })],
  ]);
  t.after(async () => {
    await scripted.close();
    assert.deepEqual(scripted.violations, []);
  });
  return scripted;
}

describe('orca volume', { concurrency: 2 }, () => {
  it('lists volumes with size and who mounts them', async (t) => {
    const { api, requests } = await server(t);
    const { code, stdout } = await runCli(['volume', 'ls', '-p', 'shop'], { api });
    assert.equal(code, 0);
    assert.match(stdout, /shop_data +shop +used +5\.\d+ M\S* +db, web r3 +1h ago/);
    assert.deepEqual(requests, ['GET /api/v1/volumes?project=shop&size=true']);
    assert.deepEqual(JSON.parse((await runCli(['volume', 'ls', '--json'], { api })).stdout), { volumes: [DATA] });
  });

  it('removes nothing without a yes', async (t) => {
    const { api, requests } = await server(t);
    const asked = await runCli(['volume', 'rm', 'shop_data'], { api });
    assert.notEqual(asked.code, 0);
    assert.match(asked.stderr, /--yes/);
    assert.ok(!requests.some((request) => request.startsWith('DELETE')));
    const done = await runCli(['volume', 'rm', 'shop_data', '--yes'], { api });
    assert.deepEqual([done.code, done.stdout], [0, 'removed the volume shop_data\n']);
    assert.ok(requests.includes('DELETE /api/v1/volumes/shop_data'));
  });

  it('says which volumes there are where a name is wrong', async (t) => {
    const { api } = await server(t);
    const { code, stderr } = await runCli(['volume', 'rm', 'shop_dta', '--yes'], { api });
    assert.equal(code, 1);
    assert.match(stderr, /volume not found: shop_dta/);
    assert.equal((await runCli(['volume', 'prune'], { api })).code, 1);
  });
});
