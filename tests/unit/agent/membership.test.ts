import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { becomeNode, type Joined } from '../../../src/agent/join/become-node.ts';
import { standingOf } from '../../../src/agent/join/standing.ts';
import { openCredentials } from '../../../src/agent/membership/credentials.ts';
import { type NodeFiles, nodeFiles } from '../../../src/agent/membership/files.ts';
import { readMembership } from '../../../src/agent/membership/membership.ts';
import { openPastCheck } from '../../../src/agent/membership/past-check.ts';
import { openTerms } from '../../../src/agent/membership/terms.ts';
import type { AgentState } from '../../../src/agent/state.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import type { JoinLine } from '../../../src/core/nodes/join-line.ts';
import type { JoinRequest, NewCertificate } from '../../../src/core/nodes/wire.ts';
import { type Authority, issueCertificate, makeAuthority } from '../../../src/identity/certificates/authority.ts';
import { readCertificate } from '../../../src/identity/certificates/certificate.ts';
import { readSigningRequest } from '../../../src/identity/certificates/signing-request.ts';

const root = mkdtempSync(join(tmpdir(), 'orca-membership-'));
after(() => rmSync(root, { recursive: true }));
const NOW = Date.now();
const DAY = 86_400_000;
const ca = await makeAuthority('c1', NOW);
const other = await makeAuthority('c1', NOW);

let files: NodeFiles;
beforeEach(() => {
  files = nodeFiles(mkdtempSync(join(root, 'data-')));
});

type Request = Omit<JoinRequest, 'protocol' | 'secret'>;

const sign = async (csr: string, id: string, authority: Authority = ca): Promise<NewCertificate> => {
  const publicKey = await readSigningRequest(csr);
  const wish = { publicKey, commonName: id, names: [id], now: NOW, lifetime: 90 * DAY };
  return { certificate: await issueCertificate(authority, wish), ca: [ca.certificate] };
};
const admit = async (_: JoinLine, { csr, id, name }: Request): Promise<Joined> => ({
  type: 'joined',
  cluster: 'c1',
  id,
  name,
  now: NOW,
  ...(await sign(csr, id)),
});
const lineOf = (authority: Authority): JoinLine => ({
  host: '10.0.0.1',
  port: 6881,
  secret: 's'.repeat(32),
  ca: readCertificate(authority.certificate).digest,
});
const becoming = () => ({ files, line: lineOf(ca), name: 'db-1', replace: false, version: '1', ask: admit });
const keyOf = (pem: string) => createPublicKey(createPrivateKey(pem)).export({ type: 'spki', format: 'pem' });
const refused = (code: OrcaError['code'], message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof OrcaError && error.code === code, String(error));
  assert.match(error.message, message);
  return true;
};

describe('becoming a node', () => {
  it('keeps the key to its owner, and shows a certificate for it', async () => {
    const membership = await becomeNode(becoming());
    assert.deepEqual(membership, { cluster: 'c1', name: 'db-1', master: { host: '10.0.0.1', port: 6881 } });
    assert.equal(statSync(files.folder).mode & 0o777, 0o700);
    for (const name of readdirSync(files.folder)) {
      assert.equal(statSync(join(files.folder, name)).mode & 0o777, 0o600, name);
    }
    const { id, shown } = await openCredentials(files);
    assert.match(id, /^[a-z2-7]{16}$/);
    assert.equal(readCertificate(shown().cert).until - NOW - 90 * DAY < 1000, true);
    assert.deepEqual(
      shown().ca.map((pem) => readCertificate(pem).digest),
      [readCertificate(ca.certificate).digest],
    );
  });

  it('asks as the same node again when the reply was lost, and as another one elsewhere', async () => {
    const asked: Request[] = [];
    const lost = async (_: JoinLine, request: Request): Promise<Joined> => {
      asked.push(request);
      throw new OrcaError('unavailable', 'gone');
    };
    const keys: string[] = [];
    for (let i = 0; i < 2; i += 1) {
      await assert.rejects(becomeNode({ ...becoming(), ask: lost }), refused('unavailable', /gone/));
      keys.push(readFileSync(files.key, 'utf8'));
      assert.deepEqual(await standingOf(files, lineOf(ca), undefined), { kind: 'new' });
    }
    assert.equal(asked[0]?.id, asked[1]?.id);
    assert.equal(keys[0], keys[1]);
    files = nodeFiles(mkdtempSync(join(root, 'data-')));
    await becomeNode(becoming());
    assert.notEqual((await openCredentials(files)).id, asked[0]?.id);
  });

  it('takes nothing that is not for it, or that the CA has not signed', async () => {
    const ask = async (line: JoinLine, request: Request) => {
      const given = await sign(request.csr, 'a'.repeat(16));
      return { ...(await admit(line, request)), ...given };
    };
    await assert.rejects(becomeNode({ ...becoming(), ask }), refused('invalid', /is not for this node/));
    const forged = async (line: JoinLine, request: Request) => ({
      ...(await admit(line, request)),
      ...(await sign(request.csr, request.id, other)),
    });
    await assert.rejects(becomeNode({ ...becoming(), ask: forged }), refused('invalid', /signed by none of the CAs/));
    await assert.rejects(openCredentials(files), refused('unavailable', /has not joined a cluster to the end/));
  });

  it('forgets what masters of another cluster said, and keeps what those of the same did', async () => {
    const before = await becomeNode(becoming());
    await (await openTerms(files)).remember(7);
    await (await openPastCheck(files)).keep({});
    await becomeNode({ ...becoming(), before });
    assert.equal((await openTerms(files)).highest(), 7);
    assert.deepEqual((await openPastCheck(files)).last(), {});
    await becomeNode({ ...becoming(), before: { ...before, cluster: 'c0' } });
    assert.equal((await openTerms(files)).highest(), 0);
    assert.equal((await openPastCheck(files)).last(), undefined);
  });
});

describe('a membership', () => {
  it('that is damaged is told with its file', async () => {
    await becomeNode(becoming());
    for (const text of [
      '',
      '{',
      'null',
      '{"cluster":"c1"}',
      '{"cluster":"c1","name":"a","master":{"host":"h","port":"x"}}',
    ]) {
      writeFileSync(files.membership, text);
      await assert.rejects(
        readMembership(files),
        refused('unavailable', /node\.json does not say whose node this is/),
        text,
      );
    }
  });
});

describe('where a machine stands', () => {
  const agent = (up: boolean) => ({ up }) as AgentState;

  it('is told apart: connected, or not any more', async () => {
    const membership = await becomeNode(becoming());
    assert.deepEqual(await standingOf(files, lineOf(ca), agent(true)), { kind: 'connected', membership });
    assert.deepEqual(await standingOf(files, lineOf(ca), agent(false)), { kind: 'apart', membership });
    assert.deepEqual(await standingOf(files, lineOf(ca), undefined), { kind: 'apart', membership });
  });

  it('is refused to change from one cluster to another, naming both ends of it', async () => {
    await becomeNode(becoming());
    await assert.rejects(standingOf(files, lineOf(other), agent(true)), (error: unknown) => {
      refused('conflict', /the node db-1 of another cluster, c1 at 10\.0\.0\.1:6881/)(error);
      assert.ok((error as OrcaError).hint?.includes(files.folder));
      return true;
    });
  });

  it('is that of a node that asks again where its files do not fit each other', async () => {
    const membership = await becomeNode(becoming());
    writeFileSync(files.certificate, 'no certificate');
    assert.deepEqual(await standingOf(files, lineOf(ca), undefined), { kind: 'apart', membership });
  });
});

describe('renewal', () => {
  it('has a new key each time, which is shown once its certificate is there', async () => {
    await becomeNode(becoming());
    const credentials = await openCredentials(files);
    const first = credentials.shown();
    const { csr } = await credentials.request();
    assert.equal(credentials.shown().key, first.key);
    const given = await sign(csr, credentials.id);
    await credentials.adopt({ ...given, ca: [other.certificate, ca.certificate] });
    const second = credentials.shown();
    assert.notEqual(keyOf(second.key), keyOf(first.key));
    assert.equal(second.ca.length, 2);
    const again = await openCredentials(files);
    assert.equal(again.shown().key.trim(), second.key.trim());
    assert.equal(again.shown().ca.length, 2);
  });

  it('refuses a certificate for a key that was not asked for, another node, or another CA, and keeps the one it has', async () => {
    await becomeNode(becoming());
    const credentials = await openCredentials(files);
    const before = credentials.shown();
    const stale = await credentials.request();
    const { csr } = await credentials.request();
    const adopt = async (given: NewCertificate, message: RegExp) =>
      assert.rejects(credentials.adopt(given), refused('invalid', message));
    await adopt(await sign(stale.csr, credentials.id), /for another key/);
    await adopt(await sign(csr, 'b'.repeat(16)), /not for this node/);
    await adopt(await sign(csr, credentials.id, other), /signed by none/);
    await adopt({ certificate: 'nonsense', ca: [ca.certificate] }, /cannot be read/);
    await adopt({ ...(await sign(csr, credentials.id)), ca: [] }, /expected 1 to/);
    assert.deepEqual(credentials.shown(), before);
    assert.equal((await openCredentials(files)).shown().cert, before.cert);
  });

  it('leaves a pair that fits wherever it is killed', async () => {
    await becomeNode(becoming());
    const credentials = await openCredentials(files);
    const old = new Map(readdirSync(files.folder).map((name) => [name, readFileSync(join(files.folder, name))]));
    const { csr } = await credentials.request();
    const asked = readFileSync(files.nextKey);
    await credentials.adopt(await sign(csr, credentials.id));
    const now = new Map(readdirSync(files.folder).map((name) => [name, readFileSync(join(files.folder, name))]));
    const states = [
      new Map([...old, ['node.key.next', asked]]),
      new Map([...old, ['node.key.next', asked], ['ca.crt', now.get('ca.crt')]]),
      new Map([...old, ['node.key.next', asked], ['ca.crt', now.get('ca.crt')], ['node.crt', now.get('node.crt')]]),
      now,
    ];
    for (const [i, state] of states.entries()) {
      const place = nodeFiles(mkdtempSync(join(root, 'killed-')));
      copyFolder(state as Map<string, Buffer>, place.folder);
      const { shown } = await openCredentials(place);
      assert.equal(
        createPublicKey(shown().cert).export({ type: 'spki', format: 'pem' }),
        keyOf(shown().key),
        `state ${i}`,
      );
    }
  });

  it('tells of a certificate that belongs to no key that is there', async () => {
    await becomeNode(becoming());
    const elsewhere = nodeFiles(mkdtempSync(join(root, 'data-')));
    await becomeNode({ ...becoming(), files: elsewhere });
    copyFileSync(elsewhere.certificate, files.certificate);
    await assert.rejects(openCredentials(files), refused('unavailable', /does not belong to the key beside it/));
  });
});

describe('the highest term', () => {
  it('only grows, and is there after a restart', async () => {
    await becomeNode(becoming());
    const terms = await openTerms(files);
    await Promise.all([terms.remember(3), terms.remember(9), terms.remember(5)]);
    assert.equal(terms.highest(), 9);
    assert.equal((await openTerms(files)).highest(), 9);
  });

  it('is not made up where its file is damaged', async () => {
    await becomeNode(becoming());
    writeFileSync(files.term, 'x');
    await assert.rejects(openTerms(files), refused('unavailable', /holds no term/));
  });
});

describe("the master's check", () => {
  it('is remembered once it went well', async () => {
    await becomeNode(becoming());
    const past = await openPastCheck(files);
    await past.keep({ problem: 'no bridge' });
    assert.deepEqual(past.last(), { problem: 'no bridge' });
    assert.equal((await openPastCheck(files)).last(), undefined);
    await past.keep({});
    assert.deepEqual((await openPastCheck(files)).last(), {});
  });
});

function copyFolder(contents: ReadonlyMap<string, Buffer>, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of contents) writeFileSync(join(folder, name), bytes);
}
