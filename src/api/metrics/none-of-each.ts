import { DEPLOYMENT_STATES } from '../../core/model/deployment.ts';
import { DELIVERY_OUTCOMES } from '../../core/model/webhook.ts';
import { SERVICE_WORDS } from '../../core/status/words.ts';
import { type Samples, sample } from './samples.ts';
import { LIVE_STATES } from './services.ts';

/** So that the sums of all have a value for each word, though nothing is so now. */
export const NONE_OF_EACH: Samples = {
  orca_services: SERVICE_WORDS.map((status) => sample(0, { status })),
  orca_replicas_wanted: [sample(0)],
  orca_replicas_running: [sample(0)],
  orca_tasks: LIVE_STATES.map((state) => sample(0, { state })),
  orca_deployments: DEPLOYMENT_STATES.map((state) => sample(0, { state })),
  orca_last_deployment_failed: [sample(0)],
  orca_webhooks: [sample(0)],
  orca_webhook_deliveries: DELIVERY_OUTCOMES.map((outcome) => sample(0, { outcome })),
};
