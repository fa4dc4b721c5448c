import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { CI, type LabAccount, TEAM_A } from '../../lab/registry/accounts.ts';
import type { RegistryAccess } from '../../lab/registry/registry.ts';

let lab: LabEngine;
before(async () => {
  lab = await startEngine();
  await lab.ensureImage('orca-test/web:1');
});
after(() => lab?.stop());

const MODULE = resolve(import.meta.dirname, '../../../src/engine/registry-client/image-layers.ts');
const PROGRAM = `
  const { askLayers } = await import(process.argv[1]);
  const { username, password, ...wish } = JSON.parse(process.argv[2]);
  const account = username && { place: '', username, secret: { password }, source: '', remedy: '' };
  const addressOf = async (place) => place.replace(/:\\d+$/, '');
  const platform = { os: 'linux', architecture: 'amd64' };
  const signal = AbortSignal.timeout(20_000);
  try {
    const { layers, unpacked } = await askLayers({ ...wish, account, addressOf, platform, isInsecure: true, signal });
    console.log(JSON.stringify({ layers, unpacked: await unpacked() }));
  } catch (error) { console.log(JSON.stringify({ error: error.message })); }
`;

interface Said {
  readonly layers?: readonly { readonly digest: string; readonly size: number }[];
  readonly unpacked?: readonly string[];
  readonly error?: string;
}

/** The registries listen on the namespace's loopback: a program inside asks. */
const ask = async (wish: object, account?: LabAccount): Promise<Said> => {
  const asked = JSON.stringify({ ...wish, ...(account && { username: account.name, password: account.password }) });
  return JSON.parse(await lab.exec([process.execPath, '--input-type=module', '--eval', PROGRAM, MODULE, asked]));
};

for (const access of ['open', 'password', 'token'] satisfies readonly RegistryAccess[])
  test(`the layers of an image are told by a registry that is ${access}`, async () => {
    const registry = await lab.startRegistry(access);
    try {
      const digest = await registry.push('orca-test/web:1', 'team-a/web:1');
      const of = { registry: registry.host, name: 'team-a/web', digest };
      const { layers = [], unpacked, error } = await ask(of, access === 'open' ? undefined : TEAM_A);
      assert.equal(error, undefined);
      assert.ok(layers.length > 0 && layers.every(({ size }) => size > 0));
      const format = ['--format', '{{json .RootFS.Layers}}'];
      assert.deepEqual(unpacked, JSON.parse(await lab.docker(['image', 'inspect', ...format, 'orca-test/web:1'])));
      assert.match((await ask({ ...of, digest: `sha256:${'0'.repeat(64)}` }, CI)).error ?? '', /answered 404/);
      if (access === 'open') return;
      assert.match((await ask(of)).error ?? '', /answered 40[13]/);
      assert.match((await ask(of, { ...CI, password: 'wrong' })).error ?? '', /answered 401/);
    } finally {
      await registry.stop();
    }
  });
