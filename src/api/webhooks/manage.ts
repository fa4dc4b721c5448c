import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import type { AddWebhook } from '../../contract/webhooks.ts';
import { notFound, OrcaError } from '../../core/errors.ts';
import type { Delivery, Webhook } from '../../core/model/webhook.ts';
import { type Caller, reaches } from '../../identity/authenticate.ts';
import { shareOf } from '../../identity/within.ts';
import type { Stored } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import type { Vault } from '../../vault/vault.ts';
import { findService } from '../observing/find-service.ts';
import { deliveryKey, putBack, queuedAgain } from './record.ts';
import { placeOf } from './sender.ts';

export interface ManagingOptions {
  readonly state: State;
  readonly vault: Vault;
  readonly clock: { now(): number };
}

/** Each delivery is compared with the secret of every one. */
export const MAX_WEBHOOKS = 100;

/** A webhook that the caller may know of. @throws OrcaError `not_found` */
export async function findWebhook(state: State, caller: Caller, id: string): Promise<Stored<Webhook>> {
  const stored = /^[a-z2-7]+$/.test(id) ? await state.webhooks.get(id) : undefined;
  if (!stored || !reaches(caller, stored.value.project)) throw notFound('webhook', id);
  return stored;
}

/** @throws OrcaError `not_found`, `conflict`, `invalid`, `unavailable` without the vault's key */
export async function add(
  { state, vault, clock }: ManagingOptions,
  wish: z.output<typeof AddWebhook>,
  caller: Caller,
): Promise<{ readonly webhook: Webhook; readonly secret: string }> {
  requireRoom(caller, (await state.webhooks.listReadable()).records);
  const services = servicesOf(wish);
  const project = await projectOf(state, caller, services, wish.project);
  const id = newId();
  const secret = wish.secret ?? newSecret();
  const unsealed: Omit<Webhook, 'secret'> = {
    id,
    repo: wish.repo,
    branch: wish.branch,
    project,
    services,
    createdBy: caller.name,
    createdAt: clock.now(),
    turns: 0,
  };
  return vault.sealing(async (seal) => {
    const webhook: Webhook = { ...unsealed, secret: seal(placeOf(id), secret) };
    const { succeeded } = await state.store.txn({
      compare: [state.webhooks.absent(webhook)],
      then: [state.webhooks.put(webhook)],
    });
    if (!succeeded) throw new OrcaError('unavailable', 'the id of the new webhook is taken');
    return { webhook, secret };
  });
}

/** @throws OrcaError `conflict` */
function requireRoom(caller: Caller, all: readonly Stored<Webhook>[]): void {
  const own = all.filter(({ value }) => reaches(caller, value.project)).length;
  const isFull = all.length >= MAX_WEBHOOKS;
  if (!isFull && own < shareOf(caller, MAX_WEBHOOKS)) return;
  throw new OrcaError(
    'conflict',
    `there are ${isFull ? MAX_WEBHOOKS : own} webhooks already, as many as there may be`,
    {
      hint: 'remove one first; see `orca webhooks ls`',
    },
  );
}

function servicesOf({ service_name: one, services = [] }: z.output<typeof AddWebhook>): readonly string[] {
  const names = [...new Set([...(one === undefined ? [] : [one]), ...services])];
  if (names.length > 0) return names;
  throw new OrcaError('invalid', 'the webhook names no service', { hint: 'give `service_name`, or `services`' });
}

/** They are deployed together, by one who may deploy to their project alone. */
async function projectOf(
  state: State,
  caller: Caller,
  services: readonly string[],
  wished: string | undefined,
): Promise<string> {
  let project = wished;
  for (const name of services) project = (await findService(state, caller, name, project)).value.project;
  return project ?? '';
}

/** @throws OrcaError `not_found`, `conflict` */
export async function remove({ state }: ManagingOptions, { value }: Stored<Webhook>): Promise<void> {
  const { id } = value;
  await state.store.txn({
    then: [state.webhooks.remove(value), state.deliveries.removeAll(id), state.deliveryBodies.removeAll(id)],
  });
}

/** Puts a delivery into the queue once more. @throws OrcaError `not_found`, `conflict` */
export async function putIntoQueue(
  { state, clock }: ManagingOptions,
  hook: Stored<Webhook>,
  delivery: string,
): Promise<Delivery> {
  const known = await state.deliveries.get(hook.value.id, deliveryKey(delivery));
  if (!known) throw notFound('delivery', delivery);
  const { outcome, reason } = known.value;
  if (outcome === 'queued') return known.value;
  if (outcome === 'ignored' || outcome === 'ping')
    throw new OrcaError('conflict', `the delivery deploys nothing: ${reason}`, { hint: 'push, or choose another one' });
  const again = queuedAgain(known.value, hook.value, clock.now());
  const { succeeded } = await state.store.txn(putBack(state, hook, known, again));
  if (succeeded) return again;
  throw new OrcaError('conflict', 'another delivery came in meanwhile', { hint: 'try again' });
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const newId = (): string => Array.from(randomBytes(10), (byte) => ALPHABET[byte % ALPHABET.length]).join('');

/** In the form of Standard Webhooks, which every provider takes: where it is not known, it is a secret like any other. */
const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
