import type { Webhook } from '../../core/model/webhook.ts';
import type { Caller } from '../../identity/authenticate.ts';

/**
 * Who deploys where a webhook does. It deploys again what somebody who might has deployed, and nothing else; so it may what
 * he might, in the webhook's project.
 */
export const callerOf = ({ id, repo, project }: Webhook): Caller => ({
  id: `webhook ${id}`,
  name: `webhook of ${repo}`,
  role: 'admin',
  projects: [project],
});
