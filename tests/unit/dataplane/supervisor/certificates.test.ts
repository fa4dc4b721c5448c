import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { CertificateSet } from '../../../../src/core/route/certificates.ts';
import { createCertificates } from '../../../../src/dataplane/supervisor/certificates.ts';
import type { ToWorker } from '../../../../src/dataplane/worker/messages.ts';
import { createLogger } from '../../../../src/telemetry/log.ts';
import { until } from '../../../lab/until.ts';

const set = (id: string): CertificateSet => ({
  id,
  certificates: [{ names: ['a.test'], chain: 'CHAIN', key: 'THE KEY' }],
  challenges: { http01: [{ token: 't', keyAuthorization: 't.x' }], alpn: [] },
});

function setUp(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'orca-certificates-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, 'certificates.json');
  const told: ToWorker[] = [];
  const logged: string[] = [];
  const workers = [1, 2];
  let changes = 0;
  const make = () =>
    createCertificates({
      path,
      broadcast: (message) => told.push(message),
      workers: () => workers,
      onChange: () => {
        changes += 1;
      },
      log: createLogger({ level: 'info', destination: { write: (line) => logged.push(line) } }),
    });
  return { path, told, logged, workers, make, changes: () => changes };
}

const kept = (path: string) => statSync(path, { throwIfNoEntry: false })?.size;

test('a set is acknowledged once every worker that takes requests uses it, and no more once one has another', (t) => {
  const { make, workers, told } = setUp(t);
  const certificates = make();
  certificates.use(set('one'));
  assert.deepEqual(told, [{ type: 'certificates', set: set('one') }]);
  assert.equal(certificates.report().id, null);
  certificates.heard(1, { type: 'certificates', id: 'one', problems: [] });
  assert.equal(certificates.report().id, null);
  certificates.heard(2, { type: 'certificates', id: 'one', problems: ['bad key'] });
  assert.deepEqual(certificates.report(), { type: 'certificates', id: 'one', problems: ['bad key'] });
  certificates.use(set('two'));
  assert.equal(certificates.report().id, null);
  certificates.use(set('one'));
  certificates.died(2);
  assert.equal(certificates.report().id, null);
  workers.pop();
  assert.equal(certificates.report().id, 'one');
});

test('the last set is there after a start without a master, without challenges, and for its owner only', async (t) => {
  const { make, path, logged } = setUp(t);
  const first = make();
  first.begin();
  assert.equal(first.current().id, '');
  first.use(set('one'));
  await until('the set is on disk', () => kept(path));
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const second = make();
  second.begin();
  assert.deepEqual(second.current(), { ...set('one'), challenges: { http01: [], alpn: [] } });
  assert.doesNotMatch(logged.join(), /THE KEY/);
});

test('a damaged file is told and not used, and its content stands in no log', async (t) => {
  const { make, path, logged } = setUp(t);
  make().use(set('one'));
  await until('the set is on disk', () => kept(path));
  writeFileSync(path, readFileSync(path, 'utf8').replace('a.test', 'b.test'));
  const again = make();
  again.begin();
  assert.equal(again.current().id, '');
  assert.match(logged.join(), /the last set of certificates is damaged/);
  assert.doesNotMatch(logged.join(), /THE KEY/);
});
