import type { Delivery } from '../../core/model/webhook.ts';
import { outlivedDeliveries } from '../../core/webhooks/queue.ts';
import type { State } from '../../store/state.ts';

const AT_ONCE = 50;

/** Drops deliveries that need not be told from a repeat any more. */
export function createForgetting(state: State, { now }: { now(): number }): () => Promise<void> {
  async function drop(deliveries: readonly Delivery[]): Promise<void> {
    for (let at = 0; at < deliveries.length; at += AT_ONCE) {
      const some = deliveries.slice(at, at + AT_ONCE);
      await state.store.txn({
        then: some.flatMap((one) => [
          state.deliveries.remove(one),
          state.deliveryBodies.remove({ webhook: one.webhook, digest: one.digest, key: one.key }),
        ]),
      });
    }
  }

  return async () => {
    for (const { value } of (await state.webhooks.listReadable()).records) {
      const { records } = await state.deliveries.listReadable(value.id);
      const deliveries = records.map((record) => record.value);
      await drop(outlivedDeliveries(deliveries, now()));
    }
  };
}
