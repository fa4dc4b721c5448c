import type { NewWebhook } from '../../src/contract/webhooks.ts';
import { list } from '../output/words.ts';

/**
 * What to enter at the provider, step by step.
 *
 * @param base the server's address as the provider reaches it, if that is known
 */
export function instructions(made: NewWebhook, base: string | undefined): readonly string[] {
  const url = made.url ?? `${base ?? 'https://YOUR-SERVER'}${made.path}`;
  return [
    `A push to ${made.branch} of ${made.repo} now deploys ${list(made.services)} of ${made.project} again.`,
    'Add a webhook to the repository, with this URL and the secret:',
    `  URL                     ${url}`,
    '  GitHub                  Settings > Webhooks. Content type: application/json. Events: just the push event;',
    '                          or "Workflow runs" alone, to deploy when the build has succeeded',
    '  Gitea, Forgejo          Settings > Webhooks > Gitea or Forgejo. Method: POST. Trigger on: push events',
    '  GitLab                  Settings > Webhooks. Paste the secret as the signing token, or as the secret token in',
    '                          older versions. Trigger: push events, or pipeline events',
    '  Bitbucket               Repository settings > Webhooks. Trigger: repository push',
    ...(base === undefined && made.url === null
      ? ['The provider must reach the API, which listens on this machine only: see docs/webhooks.md.']
      : []),
    `Then push, or send a ping, and look: orca webhooks log ${made.id}`,
  ];
}
