import {
  addWebhook,
  DELIVERY_PATH,
  deliver,
  invocations,
  redeliver,
  removeWebhook,
  type WebhookBody,
  webhooks,
} from '../../contract/webhooks.ts';
import type { Delivery, Webhook } from '../../core/model/webhook.ts';
import { reaches } from '../../identity/authenticate.ts';
import { ok, type Reply } from '../reply.ts';
import { type Route, route } from '../route.ts';
import { presentDelivery } from '../webhooks/answer.ts';
import { add, findWebhook, putIntoQueue, remove } from '../webhooks/manage.ts';
import { createReceiving, type ReceivingOptions } from '../webhooks/receive.ts';

const DEFAULT_LIMIT = 50;

export interface WebhookRoutesOptions extends ReceivingOptions {
  /** Where the ingress serves plain HTTP. */
  readonly httpPort?: (() => number | undefined) | undefined;
}

/** What a provider is given; null where only somebody else's proxy leads here. */
function urlOf({ apiDomain, httpPort }: WebhookRoutesOptions): string | null {
  const port = httpPort?.();
  if (apiDomain === undefined || port === undefined) return null;
  return `http://${apiDomain}${port === 80 ? '' : `:${port}`}${DELIVERY_PATH}`;
}

export function webhookRoutes(options: WebhookRoutesOptions): readonly Route[] {
  const { state, work } = options;
  const receive = createReceiving(options);

  /** Newest first. */
  async function deliveriesOf(id: string): Promise<readonly Delivery[]> {
    const { records } = await state.deliveries.listReadable(id);
    return records.map(({ value }) => value).sort((a, b) => b.at - a.at || b.turn - a.turn);
  }

  return [
    route(deliver, ({ raw, signal }) => receive(raw, signal)),
    route(webhooks, async ({ query, caller }) => {
      const { records } = await state.webhooks.listReadable();
      const visible = records
        .map(({ value }) => value)
        .filter(({ project }) => reaches(caller, project) && (query.project ?? project) === project)
        .sort((a, b) => (`${a.project} ${a.repo} ${a.id}` < `${b.project} ${b.repo} ${b.id}` ? -1 : 1));
      return ok({
        webhooks: await Promise.all(visible.map(async (one) => presentWebhook(one, (await deliveriesOf(one.id))[0]))),
      });
    }),
    route(addWebhook, async ({ body, caller }): Promise<Reply> => {
      const { webhook, secret } = await add(options, body, caller);
      const { id, repo, branch, project, services } = webhook;
      const shown = body.secret === undefined ? { secret } : {};
      return {
        status: 201,
        body: { id, path: DELIVERY_PATH, url: urlOf(options), ...shown, repo, branch, project, services },
      };
    }),
    route(removeWebhook, async ({ params, caller }) => {
      const stored = await findWebhook(state, caller, params.id);
      await remove(options, stored);
      return ok({ ok: `removed the webhook of ${stored.value.repo}`, id: stored.value.id });
    }),
    route(invocations, async ({ params, query, caller }) => {
      const { value } = await findWebhook(state, caller, params.id);
      const all = await deliveriesOf(value.id);
      return ok({ invocations: all.slice(0, query.limit ?? DEFAULT_LIMIT).map(presentDelivery), total: all.length });
    }),
    route(redeliver, async ({ params, body, caller }): Promise<Reply> => {
      const stored = await findWebhook(state, caller, params.id);
      const delivery = await putIntoQueue(options, stored, body.delivery);
      work.notice(stored.value.id);
      return { status: 202, body: presentDelivery(delivery) };
    }),
  ];
}

const presentWebhook = (webhook: Webhook, last: Delivery | undefined): WebhookBody => {
  const { id, repo, branch, project, services, createdAt, createdBy } = webhook;
  return {
    id,
    repo,
    branch,
    project,
    service_name: services[0] ?? '',
    services: [...services],
    created_at: createdAt,
    created_by: createdBy,
    last: last ? presentDelivery(last) : null,
  };
};
