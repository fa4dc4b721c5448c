import type { Invocation, WebhookBody } from '../../src/contract/webhooks.ts';
import { type Column, table } from '../output/table.ts';
import { age } from '../output/time.ts';
import { harmless } from '../output/width.ts';
import type { Session } from '../session.ts';

type Showing = Pick<Session, 'output' | 'now'>;

const HOOKS: readonly Column[] = [
  { title: 'ID' },
  { title: 'REPOSITORY', shrinks: true },
  { title: 'BRANCH', shrinks: true },
  { title: 'SERVICES', shrinks: true },
  { title: 'PROJECT' },
  { title: 'LAST' },
  { title: 'REASON', shrinks: true },
];

export async function showWebhooks({ output, now }: Showing, webhooks: readonly WebhookBody[]): Promise<void> {
  if (output.json) return output.emit({ webhooks });
  if (webhooks.length === 0) return output.note('no webhooks yet', 'try: orca webhooks add OWNER/REPOSITORY SERVICE');
  const rows = webhooks.map(({ id, repo, branch, services, project, last }) => [
    output.style.strong(id),
    harmless(repo),
    harmless(branch),
    services.join(','),
    project,
    last ? `${last.outcome} ${age(now() - last.at)} ago` : 'never',
    output.style.faint(harmless(last?.reason ?? 'nothing was delivered yet')),
  ]);
  return output.print(...table(HOOKS, rows, output.width));
}

const DELIVERIES: readonly Column[] = [
  { title: 'DELIVERY' },
  { title: 'AGO', align: 'right' },
  { title: 'FROM' },
  { title: 'EVENT', shrinks: true },
  { title: 'COMMIT' },
  { title: 'OUTCOME' },
  { title: 'REASON', shrinks: true },
];

interface Log {
  readonly invocations: readonly Invocation[];
  readonly total: number;
}

export async function showLog({ output, now }: Showing, { invocations, total }: Log): Promise<void> {
  if (output.json) return output.emit({ invocations, total });
  if (invocations.length === 0)
    return output.note('nothing was delivered yet', 'send a ping, or push: the provider shows what it was answered');
  const rows = invocations.map((one) => [
    harmless(one.delivery),
    age(now() - one.at),
    one.provider,
    harmless(one.event),
    one.commit?.slice(0, 12) ?? '',
    paint(one.outcome, output.style),
    output.style.faint(harmless(one.reason)),
  ]);
  await output.print(...table(DELIVERIES, rows, output.width));
  if (total > invocations.length) output.note(output.notes.faint(`${total - invocations.length} older ones`));
}

function paint(outcome: Invocation['outcome'], style: Session['output']['style']): string {
  if (outcome === 'failed') return style.bad(outcome);
  return outcome === 'deployed' ? style.good(outcome) : outcome;
}
