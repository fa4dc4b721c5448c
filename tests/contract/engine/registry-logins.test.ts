import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { RegistryAccount } from '../../../src/engine/credentials/account.ts';
import { createEngine } from '../../../src/engine/docker.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { CI, type LabAccount, TEAM_A } from '../../lab/registry/accounts.ts';
import type { Registry } from '../../lab/registry/registry.ts';

let lab: LabEngine;
let engine: Engine;
let account: RegistryAccount | undefined;
const problems: string[] = [];
const found = (one: LabAccount, password = one.password): RegistryAccount => ({
  place: 'the place',
  username: one.name,
  secret: { password },
  source: 'the source',
  remedy: 'the remedy',
});

before(async () => {
  lab = await startEngine();
  const registries = { accounts: async () => account, onProblem: (_: string, detail: string) => problems.push(detail) };
  engine = createEngine({ docker: lab.url, cluster: 'c1', machineSubnets: async () => [], registries });
  await lab.ensureImage('orca-test/web:1');
});
after(() => lab?.stop());

for (const kind of ['password', 'token'] as const)
  describe(`a registry with ${kind}s`, () => {
    let registry: Registry;
    let digest: string;
    before(async () => {
      registry = await lab.startRegistry(kind);
      digest = await registry.push('orca-test/web:1', 'team-a/web:1');
      await registry.push('orca-test/web:1', 'team-b/web:1');
    });
    after(() => registry?.stop());

    const resolve = (repository: string) => engine.resolve(`${registry.host}/${repository}:1`, 'auto');
    const pull = (repository: string) => {
      const name = `${registry.host}/${repository}`;
      return engine.pull({ ref: `${name}:1`, digest, pinned: `${name}@${digest}` });
    };

    it('gives nothing to nobody', async () => {
      account = undefined;
      const { image, warning = '' } = await resolve('team-a/web');
      assert.equal(image, undefined);
      assert.match(
        warning,
        new RegExp(`^access to image .* denied: .* ${registry.host} needs a login: .orca registry`),
      );
      await assert.rejects(pull('team-a/web'), { code: 'not_found', message: warning });
    });

    it('is told to refuse a wrong password, by the name of the account', async () => {
      account = found(CI, 'wrong');
      const ref = `${registry.host}/team-a/web:1`;
      const message = `registry ${registry.host} does not accept the account "ci" (for the place, the source) for image "${ref}": the remedy`;
      assert.equal((await resolve('team-a/web')).warning, message);
      await assert.rejects(pull('team-a/web'), { code: 'not_found', message });
    });

    // Last of the pulls: an engine that had the manifest once asks nobody for it.
    it('tells the digest and gives the image to an account that it knows', async () => {
      for (const one of [CI, TEAM_A]) {
        account = found(one);
        assert.equal((await resolve('team-a/web')).image?.digest, digest);
        await pull('team-a/web');
        await lab.docker(['rmi', `${registry.host}/team-a/web@${digest}`]);
      }
    });

    it('takes a login that is right, and no other', async () => {
      const login = { place: `${registry.host}/team-a`, username: CI.name, password: CI.password };
      await engine.checkLogin(login);
      await assert.rejects(engine.checkLogin({ ...login, password: 'wrong' }), {
        code: 'invalid',
        message: `registry ${login.place} refuses the password of "ci"`,
      });
    });

    it('cannot be asked when it is away, and nothing is believed of the password', async () => {
      await registry.stop();
      const login = { place: registry.host, username: CI.name, password: CI.password };
      await assert.rejects(engine.checkLogin(login), { code: 'unavailable', message: /gave no usable answer/ });
    });

    it('tells no password to the log', () => {
      const told = problems.join('\n');
      assert.notEqual(told, '');
      for (const { password } of [CI, TEAM_A]) assert.ok(!told.includes(password));
    });
  });

describe('a registry with tokens', () => {
  it('does not let an account pull what is not for it', async () => {
    const registry = await lab.startRegistry('token');
    try {
      account = found(TEAM_A);
      const { warning = '' } = await engine.resolve(`${registry.host}/team-b/web:1`, 'auto');
      assert.match(warning, /does not let the account "team-a" pull image ".*team-b\/web:1", or has no such image/);
    } finally {
      await registry.stop();
    }
  });
});
