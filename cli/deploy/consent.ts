import type { Client } from '../../src/client/client.ts';
import type { DeployBody } from '../../src/contract/deploy.ts';
import { downtimeText } from '../output/plan.ts';
import { harmless } from '../output/width.ts';
import { list } from '../output/words.ts';
import type { Session } from '../session.ts';
import type { Leftover } from './leftovers.ts';

interface ConsentInput {
  readonly client: Client;
  readonly body: DeployBody;
  /** What would be removed. */
  readonly prune: readonly Leftover[];
  readonly yes: boolean | undefined;
}

/** On a terminal, a deploy that takes something away asks first. @returns whether to go on */
export async function consents(session: Session, { client, body, prune, yes }: ConsentInput): Promise<boolean> {
  if (yes || !session.interactive) return true;
  const { output } = session;
  const plan = await client.plan(body);
  const downtimes = plan.services.flatMap((service) => downtimeText(service, plan.steps) ?? []);
  if (downtimes.length === 0 && prune.length === 0) return true;
  output.alert(...downtimes.map((text) => `${output.notes.warn('downtime:')} ${harmless(text)}`));
  if (prune.length > 0)
    output.alert(`${output.notes.warn('prune:')} ${list(prune.map(({ name }) => name))} will be removed; volumes stay`);
  const { source, api } = await session.context();
  return await session.ask(`deploy? (${source}: ${api})`);
}
