import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { acme, agreeToTerms, certificates, internalCa, renewCertificate } from '../../../src/contract/certificates.ts';
import { type ScriptedServer, scriptedServer } from '../client/scripted-server.ts';
import { runCli } from './run-cli.ts';

const DAY = 86_400_000;
const NOW = Date.now();
const DIRECTORY = 'https://ca.example.com/dir';
const VALID = {
  name: 'shop.example.com',
  project: 'shop',
  service: 'web',
  source: 'acme',
  state: 'valid',
  issuer: "Let's Encrypt R11",
  valid_from: NOW - DAY,
  expires_at: NOW + 89.5 * DAY,
  next: { step: 'renew', at: NOW + 59.5 * DAY },
  error: null,
} as const;
const FAILED = {
  ...VALID,
  name: 'new.example.com',
  state: 'missing',
  issuer: null,
  valid_from: null,
  expires_at: null,
  next: { step: 'retry', at: NOW + 5.5 * 3_600_000 },
  error: { message: 'new.example.com has no address in DNS', hint: 'add an A or AAAA record', at: NOW - 3_600_000 },
} as const;
const UNSIGNABLE = { ...FAILED, name: 'nas.lan', next: { step: 'unsignable', at: null }, error: null } as const;

async function server(t: TestContext): Promise<ScriptedServer & { readonly bodies: readonly unknown[] }> {
  const bodies: unknown[] = [];
  const scripted = await scriptedServer([
    [certificates, () => ({ json: { certificates: [VALID, FAILED, UNSIGNABLE] } })],
    [renewCertificate, () => ({ status: 202, json: { ok: 'it is on its way', name: VALID.name } })],
    [
      acme,
      () => ({
        json: { directory: DIRECTORY, agreed: null, terms: 'https://ca.example.com/terms', account_needed: false },
      }),
    ],
    [
      agreeToTerms,
      ({ body }) => {
        bodies.push(body);
        return { json: { directory: DIRECTORY, agreed: { at: NOW, by: 'admin', email: null } } };
      },
    ],
    [internalCa, () => ({ json: { certificate: 'PEM\n', digest: 'c0ffee', expires_at: NOW + 90.5 * DAY } })],
  ]);
  t.after(async () => {
    await scripted.close();
    assert.deepEqual(scripted.violations, []);
  });
  return { ...scripted, bodies };
}

describe('orca certs', { concurrency: 2 }, () => {
  it('shows each domain with what comes next, and what to do where it failed', async (t) => {
    const { api } = await server(t);
    const { code, stdout } = await runCli(['certs'], { api });
    assert.equal(code, 0);
    assert.match(stdout, /shop\.example\.com +shop\/web +Let's Encrypt R11 +in 89d +acme +renewed in 59d/);
    assert.match(stdout, /new\.example\.com +shop\/web +- +none yet +acme +next try in 5h/);
    assert.match(
      stdout,
      /\nnew\.example\.com: new\.example\.com has no address in DNS \(1h ago\)\n {2}add an A or AAAA record/,
    );
    assert.match(stdout, /\nnas\.lan: no public CA signs this name\n {2}set `tls: internal`/);
  });

  it('renews one', async (t) => {
    const { api, requests } = await server(t);
    const { stdout } = await runCli(['certs', 'renew', 'Shop.example.com'], { api });
    assert.equal(stdout, 'it is on its way\n');
    assert.deepEqual(requests, ['POST /api/v1/certificates/shop.example.com/renew']);
  });

  it('agrees to the terms that the CA has, and only when told to', async (t) => {
    const { api, bodies } = await server(t);
    const asked = await runCli(['certs', 'agree'], { api });
    assert.notEqual(asked.code, 0, 'there is no terminal to ask on');
    assert.deepEqual(bodies, []);
    const { code, stdout } = await runCli(['certs', 'agree', '--yes', '--email', 'ops@example.com'], { api });
    assert.equal(code, 0);
    assert.match(stdout, /^agreed; certificates are ordered from https:\/\/ca\.example\.com\/dir/);
    assert.deepEqual(bodies, [{ terms: 'https://ca.example.com/terms', email: 'ops@example.com' }]);
  });

  it('prints the CA of the cluster alone on standard output', async (t) => {
    const { api } = await server(t);
    const { stdout, stderr } = await runCli(['certs', 'ca'], { api });
    assert.equal(stdout, 'PEM\n');
    assert.match(stderr, /SHA-256 c0ffee, expires in 90d/);
  });

  it('refuses what does nothing', async (t) => {
    const { api } = await server(t);
    for (const [args, words] of [
      [['certs', 'order'], /does: ls, renew, agree, ca/],
      [['certs', 'renew'], /which domain\?/],
      [['certs', 'ca', 'shop.example.com'], /takes no domain/],
      [['certs', 'ls', '--yes'], /--yes does nothing/],
    ] as const) {
      const { code, stderr } = await runCli([...args], { api });
      assert.equal(code, 1, args.join(' '));
      assert.match(stderr, words);
    }
  });
});
