import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DELIVERY_BODY } from '../../contract/webhooks.ts';
import { OrcaError } from '../../core/errors.ts';
import type { Delivery } from '../../core/model/webhook.ts';
import { decideDelivery } from '../../core/webhooks/decide.ts';
import { readEvent } from '../../core/webhooks/event.ts';
import { readHeading } from '../../core/webhooks/heading.ts';
import { ifReadable } from '../../store/if-readable.ts';
import type { BadCredentials } from '../http/bad-credentials.ts';
import { type Budget, createBudget, LIMITS } from '../http/budget.ts';
import { FIRST } from '../http/read-body.ts';
import type { Reply } from '../reply.ts';
import type { RawRequest } from '../route.ts';
import { deliveryReply } from './answer.ts';
import { callerOf } from './caller.ts';
import { readPayload } from './payload.ts';
import { createRecording, type Recorded } from './record.ts';
import { authenticate, type SenderOptions } from './sender.ts';
import { senderAddress } from './sender-address.ts';
import type { Work } from './work.ts';

export interface ReceivingOptions extends SenderOptions {
  readonly work: Pick<Work, 'notice' | 'passed'>;
  readonly badCredentials: BadCredentials;
  readonly apiDomain?: string | undefined;
}

/** Of those that come often; a larger one waits rather for its turn. */
const SMALL = 1024 * 1024;
/** A provider is answered within a second; what is not done by then is told as accepted. ms. */
const PATIENCE = 600;

/** Bodies that nobody has proved anything of: beside those of tokens, so that neither can crowd out the other. */
const ofStrangers = (): Budget => createBudget({ ...LIMITS, patience: 5_000, waiting: 64 });

/** Takes deliveries: reads, authenticates, decides, records, and answers. What is to be deployed is left to the work. */
export function createReceiving(options: ReceivingOptions) {
  const { state, clock, work, badCredentials } = options;
  const budget = ofStrangers();
  const record = createRecording(state, clock);

  const addressOf = ({ headers, address }: RawRequest) => senderAddress(headers, address, options.apiDomain);

  async function bodyOf(raw: RawRequest, gone: AbortSignal): Promise<Buffer> {
    const address = addressOf(raw);
    const bytes = raw.length ?? DELIVERY_BODY;
    if (bytes > SMALL) badCredentials.require(address);
    const role = bytes > SMALL ? 'viewer' : 'deployer';
    const sender = { id: `${role} ${address}`, name: 'deliveries', role } as const;
    // As it comes: who only says that much will come, and sends nothing, must not keep others out.
    const reserve = (more: number) => budget.reserve(sender, more, gone);
    await reserve(FIRST);
    return raw.read(DELIVERY_BODY, reserve);
  }

  async function senders(raw: RawRequest, body: Buffer) {
    const heading = readHeading(raw.headers);
    try {
      const hooks = await authenticate(options, heading, body);
      if (hooks[0]) raw.identified(callerOf(hooks[0]));
      return { heading, hooks };
    } catch (error) {
      if (error instanceof OrcaError && error.code === 'unauthorized') badCredentials.count(addressOf(raw));
      throw error;
    }
  }

  /** Until what was recorded has an outcome, but no longer than a provider likes to wait. */
  async function settled(recorded: readonly Recorded[], signal: AbortSignal): Promise<readonly Recorded[]> {
    const over = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
    return Promise.all(recorded.map(async (one) => ({ ...one, delivery: await outcomeOf(one.delivery, over) })));
  }

  async function outcomeOf(delivery: Delivery, over: AbortSignal): Promise<Delivery> {
    let seen = delivery;
    while (seen.outcome === 'queued' && !over.aborted) {
      await Promise.race([work.passed(delivery.webhook), sleep(PATIENCE, undefined, { signal: over }).catch(() => {})]);
      seen = (await ifReadable(state.deliveries.get(delivery.webhook, delivery.key)))?.value ?? seen;
    }
    return seen;
  }

  return async (raw: RawRequest, signal: AbortSignal): Promise<Reply> => {
    const body = await bodyOf(raw, signal);
    const { heading, hooks } = await senders(raw, body);
    const { delivery } = heading ?? {};
    if (!heading || delivery === undefined) throw NO_ID();
    const event = readEvent(heading, await readPayload(raw.headers['content-type'], body));
    const received = { heading: { ...heading, delivery }, digest: createHash('sha256').update(body).digest('hex') };
    const recorded: Recorded[] = [];
    for (const hook of hooks) recorded.push(await record(hook.id, received, decideDelivery(hook, event)));
    for (const one of recorded) if (one.delivery.outcome === 'queued') work.notice(one.delivery.webhook);
    const now = await settled(recorded, signal);
    const ids = now.flatMap((one) => one.delivery.deployments);
    const deployments = await Promise.all(ids.map((id) => ifReadable(state.deployments.get(id))));
    return deliveryReply(
      now,
      deployments.flatMap((one) => one?.value ?? []),
    );
  };
}

const NO_ID = (): OrcaError =>
  new OrcaError('malformed', 'the delivery has no id', {
    hint: 'providers send one in a header, such as X-GitHub-Delivery',
  });
