import { createHmac, randomUUID } from 'node:crypto';
import type { Answer, TestApi } from './test-api.ts';

export const SHA = 'a'.repeat(40);
export const shaOf = (digit: number): string => digit.toString(16).padStart(2, '0').repeat(20);

/** A push as GitHub tells of it, as far as it matters. */
export const pushOf = (rest: object = {}) => ({
  ref: 'refs/heads/main',
  before: '0'.repeat(40),
  after: SHA,
  deleted: false,
  repository: { full_name: 'acme/shop' },
  head_commit: { id: SHA, message: 'a change' },
  ...rest,
});

export const macOf = (secret: string, body: string | Buffer): string =>
  createHmac('sha256', secret).update(body).digest('hex');

export interface Sent {
  readonly secret: string;
  readonly body?: unknown;
  readonly event?: string;
  readonly delivery?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A delivery of GitHub, signed. */
export function send(test: TestApi, { secret, body = pushOf(), event = 'push', ...rest }: Sent): Promise<Answer> {
  const raw = typeof body === 'string' ? body : JSON.stringify(body);
  return test.ask('POST', '/api/v1/webhooks/github', {
    raw,
    headers: {
      'x-github-event': event,
      'x-github-delivery': rest.delivery ?? randomUUID(),
      'x-hub-signature-256': `sha256=${macOf(secret, raw)}`,
      ...rest.headers,
    },
  });
}

/** Adds a webhook of `acme/shop`. */
export async function hook(
  test: TestApi,
  rest: object = {},
): Promise<{ readonly id: string; readonly secret: string }> {
  const answer = await test.ask('POST', '/api/v1/webhooks', {
    as: 'admin',
    body: { repo: 'acme/shop', service_name: 'web', ...rest },
  });
  if (answer.status !== 201) throw new Error(answer.text);
  return { secret: (rest as { secret?: string }).secret, ...answer.body };
}

export const logOf = async (test: TestApi, id: string) =>
  (await test.ask('GET', `/api/v1/webhooks/${id}/invocations`, { as: 'viewer' })).body.invocations;
