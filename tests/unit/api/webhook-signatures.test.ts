import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { hook, macOf } from './deliveries.ts';
import { deployed, web } from './records.ts';
import { openApi, type TestApi } from './test-api.ts';

interface Example {
  readonly name: string;
  readonly examples: readonly object[];
}

const load = createRequire(import.meta.url);
const FOLDERS = ['api.github.com', 'ghes-31', 'ghes-32', 'ghes-33', 'ghes-34', 'ghes-35'];

/** What GitHub has sent, each payload once. */
const PAYLOADS = [
  ...new Map(
    FOLDERS.flatMap((folder) => load(`@octokit/webhooks-examples/${folder}/index.json`) as Example[]).flatMap(
      ({ name, examples }) =>
        examples.map((one) => [JSON.stringify(one), { event: name, body: JSON.stringify(one) }] as const),
    ),
  ).values(),
];

/** One bit of a text; stays ASCII, and so what a header may hold. */
function flipped(text: string, at: number): string {
  const bytes = Buffer.from(text);
  bytes.writeUInt8(bytes.readUInt8(at % bytes.length) ^ 1, at % bytes.length);
  return bytes.toString('latin1');
}

describe('payloads of GitHub', () => {
  let test: TestApi;
  let secret: string;
  before(async () => {
    test = await openApi({ works: true });
    await deployed(test, web());
    ({ secret } = await hook(test, { repo: 'Codertocat/Hello-World' }));
  });
  after(() => test.close());

  const deliver = (event: string, delivery: string, body: string, mac: string) => {
    test.now += 10_000; // wrong signatures are forgotten
    return test.ask('POST', '/api/v1/webhooks/github', {
      raw: Buffer.from(body, 'latin1'),
      headers: { 'x-github-event': event, 'x-github-delivery': delivery, 'x-hub-signature-256': mac },
    });
  };

  it('are several hundred', () => {
    assert.ok(PAYLOADS.length > 400, String(PAYLOADS.length));
    for (const event of ['push', 'ping', 'workflow_run'])
      assert.ok(
        PAYLOADS.some((one) => one.event === event),
        event,
      );
  });

  it('are taken as they are signed, and refused with one flipped bit in body, header or secret', async () => {
    for (const [n, { event, body: text }] of PAYLOADS.entries()) {
      const body = Buffer.from(text).toString('latin1');
      const mac = `sha256=${macOf(secret, Buffer.from(text))}`;
      const wrong = [
        [flipped(body, n * 7919), mac],
        [body, flipped(mac, 7 + ((n * 31) % 64))],
        [body, flipped(mac, n % 7)],
        [body, `sha256=${macOf(flipped(secret, n), Buffer.from(text))}`],
      ] as const;
      for (const [sent, signature] of wrong) {
        const { status, text: answer } = await deliver(event, `wrong-${n}`, sent, signature);
        assert.equal(status, 401, `${event} ${n}: ${answer}`);
      }
      const { status, body: answer } = await deliver(event, `d-${n}`, body, mac);
      assert.ok(status === 200 || status === 202, `${event} ${n}: ${status} ${JSON.stringify(answer)}`);
    }
    assert.equal((await test.state.deliveries.list()).length, PAYLOADS.length, 'what is refused leaves no trace');
  });
});
