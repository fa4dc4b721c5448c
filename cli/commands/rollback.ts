import type { Client } from '../../src/client/client.ts';
import type { RollbackQuery } from '../../src/client/service-calls.ts';
import { deployAgain } from '../deploy/again.ts';
import { deployExit } from '../deploy/outcome.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { wholeNumber } from '../options.ts';
import { usage } from '../output/error.ts';
import { downtimeText, planLines } from '../output/plan.ts';
import { harmless } from '../output/width.ts';
import { list } from '../output/words.ts';
import { serviceNamed, type Target } from '../select.ts';
import type { Session } from '../session.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
  readonly to?: number;
  readonly plan?: boolean;
  readonly detach?: boolean;
  readonly yes?: boolean;
}

export const rollback: Verb<Options> = {
  define: (command) =>
    command
      .argument('[service]', 'the service; not needed where there is only one')
      .option('-p, --project <name>', 'where the service is')
      .option('--to <revision>', 'this revision (`orca history` lists them)', wholeNumber(1, Number.MAX_SAFE_INTEGER))
      .option('--plan', 'show what it would do, without doing it')
      .option('-d, --detach', 'do not wait for the outcome')
      .option('-y, --yes', 'do not ask')
      .addHelpText(
        'after',
        examples(
          ['orca rollback web', 'the version before this one that worked'],
          ['orca rollback web --to 12', 'revision 12, as it was'],
        ),
      ),

  run: async (session, [text], options) => {
    const client = await session.client();
    const { name, project } = await targetOf(client, text, options.project);
    const query: RollbackQuery = { to: options.to, project };
    if (options.plan) return showPlan(session, client, name, query);
    if (!(await consents(session, client, { name, query, yes: options.yes }))) {
      session.output.alert('nothing was changed');
      return EXIT.failed;
    }
    return deployAgain(session, {
      client,
      begin: () => client.rollback(name, query),
      detached: () => client.rollbackDetached(name, query),
      detach: options.detach,
    });
  },
};

async function targetOf(client: Client, text: string | undefined, project: string | undefined): Promise<Target> {
  const { services } = await client.status(project);
  if (text !== undefined) return serviceNamed(services, text, project);
  const [only, ...more] = services;
  if (only && more.length === 0) return only;
  throw usage('which service is to go back?', `name it: ${list(services.map(({ name }) => name)) || 'there are none'}`);
}

async function showPlan(session: Session, client: Client, name: string, query: RollbackQuery): Promise<ExitCode> {
  const { output } = session;
  const answer = await client.rollbackPlan(name, query);
  const to = query.to === undefined ? '' : ` --to ${query.to}`;
  if (output.json) await output.emit(answer);
  else await output.print(...planLines(answer, `orca rollback ${query.project}/${name}${to}`, output.style));
  const refused = answer.errors.map(({ code }) => ({ state: 'refused', code }) as const);
  return deployExit(refused, true);
}

interface Consent {
  readonly name: string;
  readonly query: RollbackQuery;
  readonly yes: boolean | undefined;
}

/** On a terminal, one that takes something away asks first, as deploy does. */
async function consents(session: Session, client: Client, { name, query, yes }: Consent): Promise<boolean> {
  if (yes || !session.interactive) return true;
  const { output } = session;
  const plan = await client.rollbackPlan(name, query);
  const downtimes = plan.services.flatMap((service) => downtimeText(service, plan.steps) ?? []);
  if (downtimes.length === 0) return true;
  output.alert(...downtimes.map((text) => `${output.notes.warn('downtime:')} ${harmless(text)}`));
  const { source, api } = await session.context();
  return session.ask(`go back? (${source}: ${api})`);
}
