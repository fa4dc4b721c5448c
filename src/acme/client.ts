import { Agent } from 'node:https';
import { getCACertificates } from 'node:tls';
import type { Authorization, Client, Order } from 'acme-client';
import type { Ca, Challenge, ChallengeType, OrderState } from './ca.ts';
import { AcmeFailure } from './failure.ts';
import { failureOf, readProblem } from './problem.ts';
import { type AcmeAnswer, askCa } from './request.ts';

export interface AcmeOptions {
  /** URL of its directory. */
  readonly directory: string;
  /** PEM: trusted beside the system's CAs when the CA is connected to. */
  readonly trust?: string | undefined;
  readonly account: { readonly key: string; readonly url?: string | undefined };
  /** External account binding (RFC 8555, section 7.3.4): an account that one has with the CA. */
  readonly binding?: { readonly kid: string; readonly key: string } | undefined;
  readonly challenge: ChallengeType;
  readonly userAgent: string;
  readonly within?: number | undefined;
  readonly signal: AbortSignal;
}

/** What the library has and does not tell of: the way its requests are sent. */
interface Insides {
  readonly http: {
    request(url: string, method: string, opts?: { readonly data?: unknown }): Promise<AcmeAnswer>;
    getMetaField(field: string): Promise<unknown>;
  };
  readonly api: { createAccount(data: object): Promise<unknown> };
}

/**
 * A CA by `acme-client`, which signs, counts nonces and knows the order of calls. Its requests are sent by orca: the
 * library repeats one that fails for 75 s, and then says nothing of why.
 */
export async function connectCa(options: AcmeOptions): Promise<Ca> {
  const { directory, account, binding, challenge: type } = options;
  const { acme } = await import('./library.ts');
  const client: Client = new acme.Client({
    directoryUrl: directory,
    accountKey: account.key,
    ...(account.url !== undefined && { accountUrl: account.url }),
    ...(binding && { externalAccountBinding: { kid: binding.kid, hmacKey: binding.key } }),
  });
  const { http, api } = client as unknown as Insides;
  takeRequests(http, options);

  async function look(url: string): Promise<OrderState> {
    const order = await client.getOrder({ url } as Order);
    const isPending = order.status === 'pending' || order.status === 'invalid';
    const authorizations = isPending ? await client.getAuthorizations(order) : [];
    if (order.status === 'invalid') throw whyInvalid(order, authorizations);
    return {
      url,
      status: order.status,
      finalize: order.finalize,
      certificate: order.certificate,
      challenges: await challengesOf(client, authorizations, type),
    };
  }

  return {
    meta: () =>
      told(async () => {
        const terms = await http.getMetaField('termsOfService');
        const needsBinding = (await http.getMetaField('externalAccountRequired')) === true;
        return { terms: typeof terms === 'string' ? terms : undefined, needsBinding };
      }),
    register: (email) =>
      told(async () => {
        const contact = email === undefined ? {} : { contact: [`mailto:${email}`] };
        // Not the client's own: of an account that is there it would change nothing, which some CAs refuse.
        await api.createAccount({ termsOfServiceAgreed: true, ...contact });
        return client.getAccountUrl();
      }),
    order: (name) => told(async () => (await client.createOrder({ identifiers: [{ type: 'dns', value: name }] })).url),
    look: (url) => told(() => look(url)),
    ready: (challenge) =>
      told(async () => void (await client.completeChallenge({ ...challenge, status: 'pending' } as never))),
    finalize: (order, request) => told(async () => void (await client.finalizeOrder(order as never, request))),
    download: (order) => told(() => client.getCertificate(order as never)),
  };
}

function takeRequests(http: Insides['http'], options: AcmeOptions): void {
  const ca = options.trust === undefined ? undefined : [...getCACertificates('default'), options.trust];
  const agent = new Agent({ keepAlive: false, ...(ca && { ca }) });
  http.request = async (url, method, { data } = {}) => {
    const answer = await askCa(
      { ...options, agent },
      method,
      url,
      data === undefined ? undefined : JSON.stringify(data),
    );
    if (url !== options.directory || isMap(answer.data)) return answer;
    throw odd('its directory is no JSON');
  };
}

const isMap = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** An authorization that failed says why; the order often does not. */
function whyInvalid({ error }: Order, authorizations: readonly Authorization[]): AcmeFailure {
  const challenges = authorizations.flatMap((one) => one.challenges ?? []);
  const [problem] = [...challenges.map((one) => one.error), error].flatMap((one) => readProblem(one) ?? []);
  return problem ? failureOf(problem) : new AcmeFailure('refused', 'the CA gave up the order, and does not say why');
}

function challengesOf(client: Client, all: readonly Authorization[], type: ChallengeType): Promise<Challenge[]> {
  const pending = all.filter(({ status }) => status === 'pending');
  return Promise.all(
    pending.map(async ({ identifier, challenges }) => {
      const offered: readonly { readonly type: string }[] = challenges;
      const found = challenges.find((one) => (one.type as string) === type);
      const others = offered.map((one) => one.type).join(', ');
      if (!found)
        throw new AcmeFailure('refused', `the CA does not offer ${type} for ${identifier.value}, but ${others}`, {
          hint: 'set another acme.challenge in server.yml',
        });
      const keyAuthorization = await client.getChallengeKeyAuthorization(found);
      const { url, token, status } = found;
      return { type, name: identifier.value, url, token, keyAuthorization, isTold: status !== 'pending' };
    }),
  );
}

/** What the library throws is a plain error, for what a CA answered and should not have. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AcmeFailure) throw error;
    throw odd((error as Error).message, error);
  }
}

const odd = (why: string, cause?: unknown): AcmeFailure =>
  new AcmeFailure('odd', `the CA answered what is not ACME: ${why.slice(0, 300)}`, {
    hint: 'see that acme.directory in server.yml is the directory of a CA that speaks ACME (RFC 8555)',
    cause,
  });
