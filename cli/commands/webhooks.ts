import { OrcaError } from '../../src/core/errors.ts';
import { EXIT } from '../exit-codes.ts';
import { usage } from '../output/error.ts';
import { serviceReference } from '../select.ts';
import { confirmed, type Session } from '../session.ts';
import { examples, type Verb } from '../verb.ts';
import { instructions } from '../webhooks/instructions.ts';
import { readSecret } from '../webhooks/read-secret.ts';
import { showLog, showWebhooks } from '../webhooks/show.ts';

interface Options {
  readonly project?: string;
  readonly branch?: string;
  readonly secretStdin?: boolean;
  readonly yes?: boolean;
}

type Action = (session: Session, words: readonly string[], options: Options) => Promise<void>;

const add: Action = async (session, [repo = '', ...names], { project, branch, secretStdin }) => {
  if (names.length === 0) throw usage('which services does a push deploy?', 'name them after the repository');
  const references = names.map((name) => serviceReference(name, project));
  const projects = new Set(references.flatMap((one) => one.project ?? []));
  if (projects.size > 1) throw usage('the services of a webhook are of one project', 'add one webhook a project');
  const secret = secretStdin ? await readSecret() : undefined;
  const services = references.map(({ name }) => name);
  const made = await (await session.client()).addWebhook({ repo, services, project: [...projects][0], branch, secret });
  const { output } = session;
  if (output.json) return output.emit(made);
  output.note(...instructions(made, await publicAddress(session)));
  if (made.secret === undefined) return output.note('The secret is the one that you gave.');
  output.note('The secret is shown only now:');
  return output.print(made.secret);
};

/** Where the provider may reach the API: not on this machine's loopback, nor over its socket. */
async function publicAddress(session: Session): Promise<string | undefined> {
  const url = URL.parse((await session.context()).api);
  if (!url || !/^https?:$/.test(url.protocol) || LOOPBACK.test(url.hostname)) return undefined;
  return url.href.replace(/\/$/, '');
}

const LOOPBACK = /^(?:localhost|127\.[\d.]+|\[::1\])$/;

const list: Action = async (session, words, { project }) => {
  none('ls', words);
  await showWebhooks(session, (await (await session.client()).webhooks(project)).webhooks);
};

const remove: Action = async (session, words, { yes }) => {
  const id = oneId('rm', words);
  if (!(await confirmed(session, `remove the webhook ${id}, with its secret?`, yes))) return;
  const answer = await (await session.client()).removeWebhook(id);
  await (session.output.json ? session.output.emit(answer) : session.output.print(answer.ok));
};

const log: Action = async (session, words) => {
  const id = words.length === 0 ? await onlyWebhook(session) : oneId('log', words);
  await showLog(session, await (await session.client()).invocations(id));
};

const redeliver: Action = async (session, [id, given, ...more]) => {
  if (id === undefined) throw usage('which webhook?', 'its id is in `orca webhooks ls`');
  none('redeliver', more);
  const client = await session.client();
  const delivery = given ?? (await client.invocations(id, 1)).invocations[0]?.delivery;
  if (delivery === undefined) throw new OrcaError('not_found', 'nothing was delivered yet', { hint: 'push first' });
  const answer = await client.redeliver(id, delivery);
  if (session.output.json) return session.output.emit(answer);
  return session.output.print(`${delivery} is queued; look with: orca webhooks log ${id}`);
};

async function onlyWebhook(session: Session): Promise<string> {
  const { webhooks } = await (await session.client()).webhooks();
  const [first, ...others] = webhooks;
  if (first && others.length === 0) return first.id;
  throw usage('which webhook?', first ? `there are: ${webhooks.map(({ id }) => id).join(', ')}` : 'there are none yet');
}

function oneId(action: string, [id, ...more]: readonly string[]): string {
  if (id === undefined) throw usage('which webhook?', 'its id is in `orca webhooks ls`');
  none(action, more);
  return id;
}

function none(action: string, words: readonly string[]): void {
  if (words.length > 0) throw usage(`too many words for \`orca webhooks ${action}\``, 'see `orca webhooks --help`');
}

const ACTIONS: Readonly<Record<string, { readonly act: Action; readonly takes: readonly (keyof Options)[] }>> = {
  add: { act: add, takes: ['project', 'branch', 'secretStdin'] },
  ls: { act: list, takes: ['project'] },
  rm: { act: remove, takes: ['yes'] },
  log: { act: log, takes: [] },
  redeliver: { act: redeliver, takes: [] },
};

export const webhooks: Verb<Options> = {
  define: (command) =>
    command
      .argument('<action>', 'add, ls, rm, log or redeliver')
      .argument('[words...]', 'add: the repository, then services; rm, log, redeliver: the id of a webhook')
      .option('-p, --project <name>', 'add: the project of the services; ls: only this project')
      .option('--branch <name>', 'add: deploy pushes to this branch (default: main)')
      .option('--secret-stdin', 'add: read the secret from standard input instead of making one')
      .option('-y, --yes', 'rm: do not ask')
      .addHelpText('after', '\nA new secret is printed once, on standard output alone. The server keeps it encrypted.')
      .addHelpText(
        'after',
        examples(
          ['orca webhooks add acme/shop web', 'deploy web when main is pushed; prints what to paste where'],
          ['orca webhooks add acme/shop web worker --branch live', 'two services, one deploy'],
          ['orca webhooks ls', 'and what came of the last delivery'],
          ['orca webhooks log abcdefghij', 'deliveries of the last 7 days'],
          ['orca webhooks redeliver abcdefghij', 'the newest delivery once more'],
          ['orca webhooks rm abcdefghij', 'its deliveries are refused from now on'],
        ),
      ),

  run: async (session, [word = '', ...words], options) => {
    const action = ACTIONS[word];
    if (!action)
      throw usage(
        `"${word}" is not something that \`orca webhooks\` does`,
        `it does: ${Object.keys(ACTIONS).join(', ')}`,
      );
    const [odd] = (Object.keys(options) as (keyof Options)[]).filter((key) => !action.takes.includes(key));
    if (odd !== undefined)
      throw usage(`--${FLAGS[odd] ?? odd} does nothing for \`orca webhooks ${word}\``, 'see `orca webhooks --help`');
    await action.act(session, words, options);
    return EXIT.done;
  },
};

const FLAGS: Partial<Record<keyof Options, string>> = { secretStdin: 'secret-stdin' };
