import { showDisk, showPruned } from '../disk/show.ts';
import { EXIT } from '../exit-codes.ts';
import { usage } from '../output/error.ts';
import { confirmed, type Session } from '../session.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly long?: boolean;
  readonly dryRun?: boolean;
  readonly logs?: boolean;
  readonly node?: string;
  readonly yes?: boolean;
}

type Action = (session: Session, options: Options) => Promise<void>;

const df: Action = async (session, { long = false, node }) =>
  showDisk(session, await (await session.client()).diskUse({ node }), long);

/** What goes is shown before it is asked for. */
const prune: Action = async (session, { dryRun = false, logs = false, node, yes }) => {
  const client = await session.client();
  if (dryRun || (session.interactive && !yes)) {
    const planned = await client.prune({ dry_run: true, logs, node });
    await showPruned(session, planned);
    const isNothing = planned.images.length + planned.containers.length + planned.logs.length === 0;
    if (dryRun || isNothing) return;
  }
  if (!(await confirmed(session, 'remove these?', yes))) return;
  await showPruned(session, await client.prune({ logs, node }));
};

const ACTIONS: Readonly<Record<string, { readonly act: Action; readonly takes: readonly (keyof Options)[] }>> = {
  df: { act: df, takes: ['long', 'node'] },
  prune: { act: prune, takes: ['dryRun', 'logs', 'node', 'yes'] },
};

const FLAGS: Partial<Record<keyof Options, string>> = { dryRun: 'dry-run' };

export const system: Verb<Options> = {
  define: (command) =>
    command
      .argument('<action>', 'df or prune')
      .option('-l, --long', 'df: list each image and container, with why it stays')
      .option('--dry-run', 'prune: list what would be removed, and remove nothing')
      .option('--logs', 'prune: also the kept logs of tasks that have ended')
      .option('--node <name>', 'only this node, not all of them')
      .option('-y, --yes', 'prune: do not ask')
      .addHelpText(
        'after',
        '\nPrune removes images that orca pulled and no kept revision needs, and forgotten containers of orca. It never removes a volume.',
      )
      .addHelpText(
        'after',
        examples(
          ['orca system df', 'what takes room, by project'],
          ['orca system df --long', 'each image, and why it stays'],
          ['orca system df --node web2', 'what takes room on one node'],
          ['orca system prune --dry-run', 'what would go'],
          ['orca system prune --logs --yes', 'free what can be freed'],
        ),
      ),

  run: async (session, [word = ''], options) => {
    const action = ACTIONS[word];
    if (!action) throw usage(`"${word}" is not something that \`orca system\` does`, 'it does: df, prune');
    const [odd] = (Object.keys(options) as (keyof Options)[]).filter((key) => !action.takes.includes(key));
    if (odd !== undefined)
      throw usage(`--${FLAGS[odd] ?? odd} does nothing for \`orca system ${word}\``, 'see `orca system --help`');
    await action.act(session, options);
    return EXIT.done;
  },
};
