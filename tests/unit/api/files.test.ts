// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what a manifest would take for references

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createCommit } from '../../../src/controllers/commit.ts';
import { createFileRetention } from '../../../src/controllers/file-retention.ts';
import { containerFiles } from '../../../src/controllers/services/container-files.ts';
import { digestOf } from '../../../src/core/model/schema/files.ts';
import { deployed, web } from './records.ts';
import { openApi, type TestApi } from './test-api.ts';

const withFile = (content: string | Buffer, rest: object = {}) =>
  web({
    files: [{ content: Buffer.from(content).toString('base64'), encoding: 'base64', target: '/etc/app.conf', ...rest }],
  });

describe('config files', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi();
    await test.state.store.txn({ then: [test.state.cluster.put({ name: 'term', number: 1 })] });
  });
  afterEach(() => test.close());

  const deploy = (service: object) =>
    test.ask('POST', '/api/v1/deploy?wait=false', { as: 'deployer', body: { services: [service] } });
  const revision = async (number: number) => (await test.state.revisions.get('shop', 'web', number))?.value;
  const contentOf = async (number: number) => {
    const spec = (await revision(number))?.spec ?? assert.fail('no such revision');
    return (await containerFiles(test.state.files, spec, new Map()))[0]?.content.toString();
  };
  const retain = () => createFileRetention({ state: test.state, commit: createCommit(test.state, 1) })();
  const stored = async () => (await test.state.files.list()).map(({ sha256 }) => sha256).sort();
  const chunks = async () => (await test.state.store.range({ prefix: 'file-chunks/' })).entries;

  it('are stored once by their digest, in pieces, and named by the revision', async () => {
    const bytes = Buffer.alloc(1024 * 1024, 'abcdefg');
    await deployed(test, withFile(bytes), { ...withFile(bytes), name: 'other' });
    assert.deepEqual(await stored(), [digestOf(bytes)]);
    const pieces = await chunks();
    assert.equal(pieces.length, 2);
    assert.ok(pieces.every(({ value }) => value.length <= 1024 * 1024));
    const files = (await revision(1))?.spec.files;
    assert.deepEqual(files, [
      { target: '/etc/app.conf', mode: '0444', owner: '0:0', sha256: digestOf(bytes), size: bytes.length },
    ]);
    assert.equal(await contentOf(1), bytes.toString());
  });

  it('an empty file is a file, and text stands for itself', async () => {
    await deployed(
      test,
      web({
        files: [
          { content: '', target: '/a' },
          { content: '${env.X} $$ $y', target: '/b' },
        ],
      }),
    );
    const spec = (await revision(1))?.spec ?? assert.fail();
    const files = await containerFiles(test.state.files, spec, new Map());
    assert.deepEqual(
      files.map(({ content }) => content.toString()),
      ['', '${env.X} $$ $y'],
    );
  });

  it('a secret of which there is no value makes no empty file', async () => {
    const secret = { target: '/run/key', mode: '0400', owner: '0:0', secret: 'KEY' };
    await deployed(test, web());
    const spec = { ...((await revision(1))?.spec ?? assert.fail('no such revision')), files: [secret] };
    await assert.rejects(containerFiles(test.state.files, spec, new Map()), { code: 'conflict', message: /KEY/ });
    const [file] = await containerFiles(test.state.files, spec, new Map([['KEY', 'v']]));
    assert.equal(file?.content.toString(), 'v');
  });

  it('changed content is a change of the container, the same is none, in whatever order', async () => {
    const two = (a: string) =>
      web({
        files: [
          { content: a, target: '/a' },
          { content: 'b', target: '/b' },
        ],
      });
    await deployed(test, two('a'));
    assert.equal((await deploy(two('a'))).body.services[0].state, 'unchanged');
    const { body } = await deploy(two('other'));
    assert.deepEqual([body.services[0].action, body.services[0].reason], ['replace', 'web has changed: files./a']);
  });

  it('a rollback brings the content of its revision back, though nobody sends it', async () => {
    for (const content of ['one', 'two']) await deployed(test, withFile(content));
    await retain();
    const { status } = await test.ask('POST', '/api/v1/services/web/rollback?wait=false', { as: 'deployer' });
    assert.equal(status, 202);
    assert.equal(await contentOf(3), 'one');
  });

  it('contents go with the revisions that name them', async () => {
    await deployed(test, withFile('first'));
    for (let number = 2; number <= 22; number += 1) await deployed(test, withFile(`content ${number}`));
    assert.equal(await revision(1), undefined);
    assert.equal((await stored()).length, 22);
    await retain();
    assert.equal((await stored()).length, 20);
    assert.ok(!(await stored()).includes(digestOf(Buffer.from('first'))));
    assert.equal((await chunks()).length, 20);
  });

  it('content that was taken away while it was deployed is stored again', async () => {
    await deployed(test, web());
    const { txn } = test.state.store;
    let isFirst = true;
    test.state.store.txn = async (wish) => {
      const isRevision = wish.then.some((op) => 'put' in op && op.put.startsWith('revisions/'));
      if (isRevision && isFirst) {
        isFirst = false;
        await retain();
      }
      return txn(wish);
    };
    const { body } = await deploy(withFile('kept'));
    assert.equal(body.services[0].action, 'replace');
    assert.equal(isFirst, false);
    assert.equal(await contentOf(2), 'kept');
  });

  it('damaged content is refused, and no container is made of it', async () => {
    await deployed(test, withFile('content'));
    const [chunk] = await chunks();
    await test.state.store.txn({ then: [{ put: chunk?.key ?? '', value: Buffer.from('c0ntent').toString('base64') }] });
    await assert.rejects(contentOf(1), { code: 'unavailable', message: /is damaged in the store/ });
  });

  it('deployers see which lines differ, viewers only that it does', async () => {
    const lines = Array.from({ length: 30 }, (_, n) => `line ${n}`);
    await deployed(test, withFile(lines.join('\n')));
    await deployed(test, withFile(lines.with(20, 'other').join('\n')));
    const ask = (as: 'deployer' | 'viewer') => test.ask('GET', '/api/v1/services/web/diff?from=1&to=2', { as });
    const [change] = (await ask('deployer')).body.diff;
    assert.equal(change.path, 'files./etc/app.conf');
    assert.deepEqual(change.lines, [
      '@@ -19 +19 @@',
      ' line 18',
      ' line 19',
      '-line 20',
      '+other',
      ' line 21',
      ' line 22',
    ]);
    const told = await ask('viewer');
    assert.match(told.body.diff[0].from, /^fingerprint:/);
    assert.equal(told.body.diff[0].lines, undefined);
    assert.ok(!told.text.includes(digestOf(Buffer.from(lines.join('\n'))).slice(0, 12)));
  });

  it('bytes that are no text differ by digest', async () => {
    for (const byte of [1, 2]) await deployed(test, withFile(Buffer.from([0, byte])));
    const { body } = await test.ask('GET', '/api/v1/services/web/diff?from=1&to=2', { as: 'deployer' });
    assert.equal(body.diff[0].lines, undefined);
    assert.match(body.diff[0].to, /^sha256:[0-9a-f]{12}, 2 bytes, mode 0444, owner 0:0$/);
  });

  it('more than 1 MiB in one, and 10 MiB in all, are refused with the place', async () => {
    const mebibyte = Buffer.alloc(1024 * 1024, 'x').toString('base64');
    const file = (n: number) => ({ content: mebibyte, encoding: 'base64', target: `/f/${n}` });
    const large = await deploy(web({ files: [{ content: 'x'.repeat(1024 * 1024 + 1), target: '/f' }] }));
    assert.equal(large.status, 422);
    assert.match(large.body.error, /services\[0\]\.files\[0\]\.content: is more than 1 MiB/);
    const many = await deploy(web({ files: Array.from({ length: 11 }, (_, n) => file(n)) }));
    assert.equal(many.status, 422);
    assert.match(many.body.error, /services\[0\]\.files: the files up to here are more than 10 MiB/);
    assert.deepEqual(await stored(), []);
  });

  it('a viewer who guesses content is not told whether the guess is right', async () => {
    await deployed(test, withFile('secret setting'));
    const plan = async (content: string) =>
      (await test.ask('POST', '/api/v1/plan', { as: 'viewer', body: { services: [withFile(content)] } })).body;
    assert.deepEqual(await plan('secret setting'), await plan('wrong guess'));
  });
});
