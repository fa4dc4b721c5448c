import type { DeliveryAnswer, Invocation } from '../../contract/webhooks.ts';
import { OrcaError } from '../../core/errors.ts';
import type { Deployment } from '../../core/model/deployment.ts';
import { isAtRest, isEnded } from '../../core/model/deployment.ts';
import type { Delivery, DeliveryOutcome } from '../../core/model/webhook.ts';
import type { Reply } from '../reply.ts';
import type { Recorded } from './record.ts';

/** The worst of them stands for all. */
const WORST_FIRST: readonly DeliveryOutcome[] = [
  'failed',
  'queued',
  'deployed',
  'unchanged',
  'superseded',
  'ignored',
  'ping',
];

/**
 * 202: recorded and under way. 200: done, or nothing to do. What failed is an error, whenever it did.
 *
 * @param deployments those of the deliveries, as they stand
 * @throws OrcaError `deploy_failed`
 */
export function deliveryReply(recorded: readonly Recorded[], deployments: readonly Deployment[]): Reply {
  const deliveries = recorded.map(({ delivery }) => delivery);
  const worst = WORST_FIRST.flatMap((word) => deliveries.find(({ outcome }) => outcome === word) ?? [])[0];
  if (!worst) throw new OrcaError('unavailable', 'the delivery was not recorded');
  const broken = deployments.find(
    ({ state, revert }) => isEnded(state) && state !== 'succeeded' && state !== 'superseded' && !revert,
  );
  if (worst.outcome === 'failed') throw failed(worst, worst.reason);
  if (broken) throw failed(worst, `deployment ${broken.id} of ${broken.service}: ${broken.reason}`);
  const isDone = worst.outcome !== 'queued' && deployments.every(({ state }) => isAtRest(state));
  const body: DeliveryAnswer = {
    delivery: worst.delivery,
    repeat: recorded.every(({ isRepeat }) => isRepeat),
    outcome: worst.outcome,
    reason: worst.reason,
    deployments: deliveries.flatMap((one) => one.deployments),
    webhooks: deliveries.map(({ webhook: id, outcome, reason, deployments }) => ({
      id,
      outcome,
      reason,
      deployments: [...deployments],
    })),
  };
  return { status: isDone ? 200 : 202, body };
}

const failed = ({ webhook, delivery }: Delivery, reason: string): OrcaError =>
  new OrcaError('deploy_failed', reason, {
    hint: `see \`orca webhooks log ${webhook}\`, then send it again, or \`orca webhooks redeliver ${webhook} ${delivery}\``,
  });

export const presentDelivery = ({
  at,
  delivery,
  provider,
  event,
  ref = '',
  commit = '',
  outcome,
  deployments,
  reason,
}: Delivery): Invocation => ({
  at,
  delivery,
  provider,
  event,
  ref: ref || null,
  commit: commit || null,
  outcome,
  deployments: [...deployments],
  reason,
});
