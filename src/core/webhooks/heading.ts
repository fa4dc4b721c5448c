import type { Provider } from '../model/webhook.ts';

/** Of a request: lower-case names. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What shows that a delivery is from one who knows the secret. */
export type Proof =
  /** HMAC-SHA256 of `prefix` and the body; one of several may fit. */
  | { readonly kind: 'mac'; readonly macs: readonly Uint8Array[]; readonly prefix: string; readonly at?: number }
  /** The secret itself, which says nothing of the body. */
  | { readonly kind: 'token'; readonly token: string };

/** What the headers of a delivery say. None of it is to be believed, but the proof that fits. */
export interface Heading {
  readonly provider: Provider;
  readonly event: string;
  /** Undefined: none, or one that is no id. */
  readonly delivery: string | undefined;
  /** Undefined: none of the form that this provider sends. */
  readonly proof: Proof | undefined;
}

interface Form {
  readonly provider: Provider;
  readonly event: string;
  readonly delivery: readonly string[];
  readonly proof: (header: (name: string) => string) => Proof | undefined;
}

/**
 * Forgejo and Gitea also send what GitHub sends, so they come first. Where a provider sends several proofs the strongest one
 * counts alone: a wrong one is not made good by another.
 */
const FORMS: readonly Form[] = [
  {
    provider: 'forgejo',
    event: 'x-forgejo-event',
    delivery: ['x-forgejo-delivery'],
    proof: (header) => hex(header('x-forgejo-signature') || header('x-gitea-signature')) ?? github(header),
  },
  {
    provider: 'gitea',
    event: 'x-gitea-event',
    delivery: ['x-gitea-delivery'],
    proof: (header) => (header('x-gitea-signature') === '' ? github(header) : hex(header('x-gitea-signature'))),
  },
  {
    provider: 'gitlab',
    event: 'x-gitlab-event',
    delivery: ['webhook-id', 'idempotency-key', 'x-gitlab-event-uuid'],
    proof: (header) => (header('webhook-signature') === '' ? token(header('x-gitlab-token')) : standard(header)),
  },
  {
    provider: 'bitbucket',
    event: 'x-event-key',
    delivery: ['x-request-uuid', 'x-request-id'],
    proof: (header) => named(header('x-hub-signature')),
  },
  {
    provider: 'github',
    event: 'x-github-event',
    delivery: ['x-github-delivery'],
    proof: (header) => github(header),
  },
];

/** @returns undefined for a request of no provider that is known */
export function readHeading(headers: Headers): Heading | undefined {
  const header = (name: string): string => {
    const value = headers[name];
    return typeof value === 'string' ? value : '';
  };
  const form = FORMS.find(({ event }) => header(event) !== '');
  if (!form) return undefined;
  return {
    provider: form.provider,
    event: header(form.event).slice(0, 100),
    delivery: form.delivery.map(header).find((id) => /^[\x21-\x7e]{1,200}$/.test(id)),
    proof: form.proof(header),
  };
}

type Read = (name: string) => string;

/** `X-Hub-Signature` alone is SHA-1, and is not taken. */
const github = (header: Read): Proof | undefined => named(header('x-hub-signature-256'));

const named = (value: string): Proof | undefined => (value.startsWith('sha256=') ? hex(value.slice(7)) : undefined);

const hex = (value: string): Proof | undefined =>
  /^[0-9a-f]{64}$/.test(value) ? { kind: 'mac', macs: [fromHex(value)], prefix: '' } : undefined;

const token = (value: string): Proof | undefined => (value === '' ? undefined : { kind: 'token', token: value });

/** @see https://github.com/standard-webhooks/standard-webhooks: `v1,<base64>`, of the id, the time in seconds, and the body */
function standard(header: Read): Proof | undefined {
  const [id, at] = [header('webhook-id'), header('webhook-timestamp')];
  const macs = header('webhook-signature')
    .split(' ')
    .flatMap((one) => (/^v1,[A-Za-z0-9+/]{43}=$/.test(one) ? [fromBase64(one.slice(3))] : []));
  if (id === '' || !/^\d{1,12}$/.test(at) || macs.length === 0 || macs.length > MOST_MACS) return undefined;
  return { kind: 'mac', macs, prefix: `${id}.${at}.`, at: Number(at) * 1000 };
}

/** Two while a secret is replaced. */
const MOST_MACS = 4;

const fromHex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
