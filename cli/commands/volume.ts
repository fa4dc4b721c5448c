import { notFound } from '../../src/core/errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { usage } from '../output/error.ts';
import { confirmed, type Session } from '../session.ts';
import { examples, type Verb } from '../verb.ts';
import { removalQuestion, showVolumes } from '../volumes/show.ts';

interface Options {
  readonly project?: string;
  readonly size?: boolean;
  readonly yes?: boolean;
}

type Action = (session: Session, name: string | undefined, options: Options) => Promise<ExitCode>;

const list: Action = async (session, name, { project, size }) => {
  if (name !== undefined) throw usage('`orca volume ls` takes no name', 'see `orca volume --help`');
  const { volumes } = await (await session.client()).volumes({ project, size: size !== false });
  await showVolumes(session, volumes);
  return EXIT.done;
};

const remove: Action = async (session, name, { project, yes }) => {
  if (name === undefined) throw usage('which volume?', '`orca volume ls` lists them');
  const client = await session.client();
  const volume = (await client.volumes({ project })).volumes.find((one) => one.name === name);
  if (!volume) throw notFound('volume', name);
  if (!(await confirmed(session, removalQuestion(volume), yes))) return EXIT.failed;
  const answer = await client.removeVolume(name);
  await (session.output.json ? session.output.emit(answer) : session.output.print(answer.ok));
  return EXIT.done;
};

const ACTIONS: Readonly<Record<string, Action>> = { ls: list, rm: remove };

export const volume: Verb<Options> = {
  define: (command) =>
    command
      .argument('<action>', 'ls or rm')
      .argument('[name]', 'rm: the volume, such as shop_uploads')
      .option('-p, --project <name>', 'only this project')
      .option('--no-size', 'ls: do not measure, which takes time where there are many files')
      .option('-y, --yes', 'rm: do not ask')
      .addHelpText('after', '\nNothing else ever removes a volume: not rm, not --prune, not a purge.')
      .addHelpText(
        'after',
        examples(
          ['orca volume ls', 'with size, and who mounts it'],
          ['orca volume rm shop_uploads', 'asks, then removes it with its data'],
        ),
      ),

  run: async (session, [word = '', name, ...more], options) => {
    const action = ACTIONS[word];
    if (!action) throw usage(`"${word}" is not something that \`orca volume\` does`, 'it does: ls, rm');
    if (more.length > 0) throw usage('one volume at a time', 'see `orca volume --help`');
    return action(session, name, options);
  },
};
