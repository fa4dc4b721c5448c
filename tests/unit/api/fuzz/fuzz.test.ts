import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { often } from '../../../lab/often.ts';
import { deployed, end, web } from '../records.ts';
import { openApi, type TestApi } from '../test-api.ts';
import { invalidRequests, type Request, validRequests } from './requests.ts';

const EACH = often(1_000, 'ORCA_FUZZ_RUNS');
/** After so many there is not much left of what was deployed. */
const LOT = 100;
const AT_ONCE = 8;
/** It answers for as long as somebody listens. */
const ENDLESS = 'GET /api/v1/events';

test(`${2 * EACH} requests from the document, half of them valid: none is answered 500, and each as the document says`, async (t) => {
  const api = await openApi();
  t.after(() => api.close());
  const { body: document } = await api.ask('GET', '/api/v1/openapi.json', { as: 'viewer' });
  const seed = Number(process.env['ORCA_FUZZ_SEED'] ?? randomInt(2 ** 31));
  t.diagnostic(`ORCA_FUZZ_SEED=${seed}`);
  let done = 0;
  await sendAll(api, 'valid', fc.sample(validRequests(document), { numRuns: EACH, seed }), (status) => {
    if (status < 400) done += 1;
  });
  await sendAll(api, 'invalid', fc.sample(invalidRequests(document), { numRuns: EACH, seed }), () => {});
  assert.ok(done > EACH / 4, `only ${done} of ${EACH} valid ones were done`);
  assert.equal((await api.ask('GET', '/api/v1/health')).status, 200);
});

async function sendAll(api: TestApi, kind: string, requests: readonly Request[], note: (status: number) => void) {
  for (let from = 0; from < requests.length; from += LOT) {
    await deployAnew(api, `${kind} ${from}`);
    const left = requests.slice(from, from + LOT).filter(({ operation }) => operation !== ENDLESS);
    await Promise.all(Array.from({ length: AT_ONCE }, () => sendEach(api, left, note)));
  }
}

/** That the answers are as the document says is held by `openApi` itself, when it is closed. */
async function sendEach(api: TestApi, left: Request[], note: (status: number) => void) {
  for (let request = left.pop(); request; request = left.pop()) {
    const { method, target, body, raw } = request;
    const { status, text } = await api.ask(method, target, { as: 'admin', body, raw });
    assert.notEqual(status, 500, `${method} ${target} ${raw ?? JSON.stringify(body)}: ${text}`);
    note(status);
  }
}

/** What controllers would have brought about of all that was asked for; and there is something to ask of. */
async function deployAnew(api: TestApi, lot: string) {
  const { services, store } = api.state;
  for (const { value } of await services.list()) {
    if (value.removing) await store.txn({ then: services.remove(value) });
    else if (value.deployment !== undefined) await end(api, value.deployment, 'succeeded');
  }
  const env = { LOT: lot };
  await deployed(api, web({ env }), web({ name: 'api', env }));
}
