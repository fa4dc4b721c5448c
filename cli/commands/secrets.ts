import { KEY_FORM } from '../../src/contract/secrets.ts';
import { isSecretKey } from '../../src/core/model/secret.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { usage } from '../output/error.ts';
import { projectFor } from '../secrets/project.ts';
import { awaitRolled } from '../secrets/roll.ts';
import { showSecrets, showUsage, toldOfChanges } from '../secrets/show.ts';
import { readEnvFile, readValue } from '../secrets/values.ts';
import { confirmed, type Session } from '../session.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
  readonly cluster?: boolean;
  readonly grant?: readonly string[];
  readonly file?: string;
  readonly envFile?: string;
  readonly now?: boolean;
  readonly detach?: boolean;
  readonly revoke?: boolean;
  readonly yes?: boolean;
}

type Action = (session: Session, words: readonly string[], options: Options) => Promise<ExitCode>;

const set: Action = async (session, words, options) => {
  const { envFile, file, now, revoke, grant } = options;
  if (envFile !== undefined && (words.length > 0 || file !== undefined))
    throw usage('--env-file brings the keys and the values itself', 'leave out the key and --file');
  if (grant && !options.cluster) throw usage('--grant is for secrets of the cluster', 'add --cluster');
  if (options.detach && !now) throw usage('--detach does nothing without --now');
  const project = await projectFor(options);
  const client = await session.client();
  const common = { now, revoke, grant: grant && [...grant] };
  const answer =
    envFile === undefined
      ? await setOne()
      : await client.setSecrets({ ...common, secrets: await readEnvFile(envFile) }, project);
  const { output } = session;
  if (output.json) await output.emit(answer);
  else toldOfChanges(output, 'secrets' in answer ? answer.secrets : [answer], answer.used_by, now === true);
  return awaitRolled(session, client, answer.deployments, !options.detach);

  async function setOne() {
    const key = oneKey('set', words);
    // Before the value is asked for: nobody types a secret for nothing.
    if (!isSecretKey(key)) throw usage(`"${key}" is no key of a secret`, KEY_FORM);
    return client.setSecret(key, { ...common, value: await readValue(session, key, file) }, project);
  }
};

const list: Action = async (session, words, options) => {
  none('ls', words);
  const { secrets } = await (await session.client()).secrets(options.project);
  await showSecrets(session, secrets);
  return EXIT.done;
};

const remove: Action = async (session, words, options) => {
  const key = oneKey('rm', words);
  const project = await projectFor(options);
  if (!(await confirmed(session, `remove the secret ${key} with all its versions?`, options.yes))) return EXIT.failed;
  const answer = await (await session.client()).removeSecret(key, project);
  await (session.output.json ? session.output.emit(answer) : session.output.print(answer.ok));
  return EXIT.done;
};

const showOne: Action = async (session, words, options) => {
  const key = oneKey('usage', words);
  const project = await projectFor(options);
  await showUsage(session, await (await session.client()).secretUsage(key, project));
  return EXIT.done;
};

const rotateKey: Action = async (session, words, { yes }) => {
  none('rotate-key', words);
  if (!(await confirmed(session, 'replace the key that every secret is encrypted with?', yes))) return EXIT.failed;
  const answer = await (await session.client()).rotateSecretKey();
  if (session.output.json) await session.output.emit(answer);
  else {
    await session.output.print(answer.ok);
    session.output.note('back up the new secret.key: copies of the old one open nothing that is stored now');
  }
  return EXIT.done;
};

function oneKey(action: string, [key, ...more]: readonly string[]): string {
  if (key === undefined) throw usage('which secret?', 'name its key, such as DB_PASSWORD');
  none(action, more);
  return key;
}

function none(action: string, words: readonly string[]): void {
  if (words.length > 0) throw usage(`too many words for \`orca secrets ${action}\``, 'see `orca secrets --help`');
}

const SCOPE = ['project', 'cluster'] as const;
const ACTIONS: Readonly<Record<string, { readonly act: Action; readonly takes: readonly (keyof Options)[] }>> = {
  set: { act: set, takes: [...SCOPE, 'grant', 'file', 'envFile', 'now', 'detach', 'revoke'] },
  ls: { act: list, takes: ['project'] },
  rm: { act: remove, takes: [...SCOPE, 'yes'] },
  usage: { act: showOne, takes: [...SCOPE] },
  'rotate-key': { act: rotateKey, takes: ['yes'] },
};

export const secrets: Verb<Options> = {
  define: (command) =>
    command
      .argument('<action>', 'set, ls, rm, usage or rotate-key')
      .argument('[key]', 'of the secret, such as DB_PASSWORD')
      .option('-p, --project <name>', 'whose secret it is (default: the project of ./orca.yml)')
      .option('--cluster', 'a secret of the cluster, for the projects in --grant')
      .option('--grant <projects>', 'set: the projects that may use it, such as shop,blog', (text) => text.split(','))
      .option('--file <path>', 'set: read the value from this file')
      .option('--env-file <path>', 'set: every NAME=value of this file')
      .option('--now', 'set: replace the tasks of the services that use it, and wait')
      .option('-d, --detach', 'set --now: do not wait')
      .option('--revoke', 'set: no rollback brings earlier versions back')
      .option('-y, --yes', 'rm, rotate-key: do not ask')
      .addHelpText('after', '\nValues are read from a pipe, a file or the terminal, which does not show them.')
      .addHelpText('after', 'Nothing prints a value again. One line break at its end is left out.')
      .addHelpText(
        'after',
        examples(
          ['orca secrets set DB_PASSWORD', 'ask for the value; services use it from their next deploy on'],
          ['orca secrets set DB_PASSWORD --file db.txt --now', 'and replace their tasks now'],
          ['orca secrets set --env-file .env -p shop', 'all of a file; what is unchanged stays'],
          ['orca secrets set SMTP_URL --cluster --grant shop,blog', 'one for several projects'],
          ['orca secrets usage DB_PASSWORD', 'who runs with which version'],
          ['orca secrets rotate-key', 'encrypt everything with a new key'],
        ),
      ),

  run: async (session, [word = '', ...words], options) => {
    const action = ACTIONS[word];
    if (!action)
      throw usage(
        `"${word}" is not something that \`orca secrets\` does`,
        `it does: ${Object.keys(ACTIONS).join(', ')}`,
      );
    const [odd] = (Object.keys(options) as (keyof Options)[]).filter((key) => !action.takes.includes(key));
    if (odd !== undefined)
      throw usage(`--${FLAGS[odd] ?? odd} does nothing for \`orca secrets ${word}\``, 'see `orca secrets --help`');
    return action.act(session, words, options);
  },
};

const FLAGS: Partial<Record<keyof Options, string>> = { envFile: 'env-file' };
