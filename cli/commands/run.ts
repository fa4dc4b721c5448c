import { attach } from '../attach/attach.ts';
import { isTerminal } from '../attach/terminal.ts';
import { EXIT } from '../exit-codes.ts';
import { usage } from '../output/error.ts';
import { serviceReference } from '../select.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
  /** Commander sets nothing unless it is given. */
  readonly tty?: false;
  readonly stdin?: false;
}

export const run: Verb<Options> = {
  failsWith: EXIT.notRun,

  define: (command) =>
    command
      .usage('[options] SERVICE -- COMMAND [ARGUMENT...]')
      .argument('<service>', 'whose image, environment and network it has')
      .argument('[command...]', 'the program and its arguments, after --')
      .option('-p, --project <name>', 'where the service is')
      .option('-T, --no-tty', 'no terminal, though there is one here')
      .option('-n, --no-stdin', 'let it read nothing')
      .addHelpText(
        'after',
        examples(
          ['orca run web -- npm run migrate', 'beside the tasks of web, in a container of its own'],
          ['orca run web -- sh', 'a shell in one'],
        ),
      ),

  run: async (session, [reference = '', ...command], { project, tty: wantsTty, stdin: wantsStdin }) => {
    if (command.length === 0) throw usage('which command?', 'write it behind --: orca run web -- npm run migrate');
    const stdin = wantsStdin !== false;
    const tty = wantsTty !== false && stdin && isTerminal(session.streams);
    const { name, project: where } = serviceReference(reference, project);
    const client = await session.client();
    return attach(await client.run(name, { cmd: command, project: where, tty }), session, { stdin, tty });
  },
};
