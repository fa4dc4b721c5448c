import {
  DELIVERY_OUTCOMES,
  type Delivery,
  type DeliveryBody,
  PROVIDERS,
  type PushedOutcome,
  type Webhook,
} from '../webhook.ts';
import { type RecordFormat, SAME } from './format.ts';
import { list, number, object, optional, text, word } from './shape.ts';

/** Version 0 was never written. */
export const WEBHOOK_RECORD: RecordFormat<Webhook> = {
  upgrades: [SAME],
  shape: object<Webhook>({
    id: text,
    repo: text,
    branch: text,
    project: text,
    services: list(text),
    secret: text,
    createdBy: text,
    createdAt: number,
    turns: number,
  }),
};

export const DELIVERY_RECORD: RecordFormat<Delivery> = {
  upgrades: [SAME],
  shape: object<Delivery>({
    webhook: text,
    key: text,
    delivery: text,
    at: number,
    provider: word(...PROVIDERS),
    event: text,
    digest: text,
    ref: optional(text),
    commit: optional(text),
    outcome: word(...DELIVERY_OUTCOMES),
    reason: text,
    deployments: list(number),
    done: optional(list(object<PushedOutcome>({ name: text, deployment: optional(number), refusal: optional(text) }))),
    turn: number,
    queuedAt: number,
  }),
};

export const DELIVERY_BODY_RECORD: RecordFormat<DeliveryBody> = {
  upgrades: [SAME],
  shape: object<DeliveryBody>({ webhook: text, digest: text, key: text }),
};
