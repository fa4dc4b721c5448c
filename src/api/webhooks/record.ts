import { createHash } from 'node:crypto';
import { OrcaError } from '../../core/errors.ts';
import type { Delivery, Webhook } from '../../core/model/webhook.ts';
import type { Decision } from '../../core/webhooks/decide.ts';
import type { Heading } from '../../core/webhooks/heading.ts';
import { decideRepeat } from '../../core/webhooks/queue.ts';
import { type Stored, unchanged } from '../../store/collection.ts';
import type { Compare, Op } from '../../store/contract.ts';
import type { State } from '../../store/state.ts';

/** A delivery that fits a webhook's secret. */
export interface Received {
  readonly heading: Heading & { readonly delivery: string };
  /** SHA-256 of its body, hex. */
  readonly digest: string;
}

export interface Recorded {
  readonly delivery: Delivery;
  /** It was recorded before. */
  readonly isRepeat: boolean;
}

const TRIES = 10;

/** Where a delivery lies: the provider's id may be any text. */
export const deliveryKey = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, 32);

/**
 * Writes deliveries down, each once for each webhook: by the provider's id, and by its body, as the id stands outside of the
 * signature. Once this has resolved the delivery is on disk.
 *
 * @throws OrcaError `unavailable` if it cannot be written; `not_found` for a webhook that was removed meanwhile
 */
export function createRecording(state: State, clock: { now(): number }) {
  let last: Promise<unknown> = Promise.resolve();

  async function attempt(webhook: string, received: Received, decision: Decision): Promise<Recorded> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const stored = await state.webhooks.get(webhook);
      if (!stored) throw new OrcaError('not_found', `webhook not found: ${webhook}`);
      const known = await find(state, webhook, received);
      if (known && decideRepeat(known.value, stored.value.turns) === 'told')
        return { delivery: known.value, isRepeat: true };
      const delivery = known
        ? queuedAgain(known.value, stored.value, clock.now())
        : made(stored.value, received, decision, clock.now());
      const { succeeded } = await state.store.txn(
        known ? putBack(state, stored, known, delivery) : put(state, stored, delivery),
      );
      if (succeeded) return { delivery, isRepeat: known !== undefined };
    }
    throw new OrcaError('unavailable', `too much happens at once at the webhook ${webhook}`);
  }

  return (webhook: string, received: Received, decision: Decision): Promise<Recorded> => {
    const turn = last.then(() => attempt(webhook, received, decision));
    last = turn.catch(() => undefined);
    return turn;
  };
}

async function find(
  state: State,
  webhook: string,
  { heading, digest }: Received,
): Promise<Stored<Delivery> | undefined> {
  const byId = await state.deliveries.get(webhook, deliveryKey(heading.delivery));
  if (byId) return byId;
  const body = await state.deliveryBodies.get(webhook, digest);
  return body && state.deliveries.get(webhook, body.value.key);
}

function made({ id, turns }: Webhook, { heading, digest }: Received, decision: Decision, now: number): Delivery {
  const { provider, event, delivery } = heading;
  const { outcome, reason, ref, commit } = decision;
  return {
    webhook: id,
    key: deliveryKey(delivery),
    delivery,
    at: now,
    provider,
    event,
    digest,
    ref,
    commit,
    outcome,
    reason,
    deployments: [],
    turn: outcome === 'queued' ? turns + 1 : turns,
    queuedAt: now,
  };
}

/** The same once more: `turn` by `turn` the newest wins. */
export const queuedAgain = (known: Delivery, { turns }: Webhook, now: number): Delivery => ({
  ...known,
  outcome: 'queued',
  reason: 'sent again',
  deployments: [],
  done: undefined,
  turn: turns + 1,
  queuedAt: now,
});

function put(state: State, stored: Stored<Webhook>, delivery: Delivery): { compare: Compare[]; then: Op[] } {
  const body = { webhook: delivery.webhook, digest: delivery.digest, key: delivery.key };
  return {
    compare: [unchanged(stored), state.deliveries.absent(delivery), state.deliveryBodies.absent(body)],
    then: [...nextTurn(state, stored, delivery), state.deliveries.put(delivery), state.deliveryBodies.put(body)],
  };
}

/** One that is there already, with a turn of its own. */
export const putBack = (state: State, stored: Stored<Webhook>, known: Stored<Delivery>, delivery: Delivery) => ({
  compare: [unchanged(stored), unchanged(known)],
  then: [...nextTurn(state, stored, delivery), state.deliveries.put(delivery)],
});

const nextTurn = (state: State, { value }: Stored<Webhook>, { turn }: Delivery): readonly Op[] =>
  turn === value.turns ? [] : [state.webhooks.put({ ...value, turns: turn })];
