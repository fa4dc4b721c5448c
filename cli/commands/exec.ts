import { attach } from '../attach/attach.ts';
import { isTerminal } from '../attach/terminal.ts';
import { EXIT } from '../exit-codes.ts';
import { usage } from '../output/error.ts';
import { serviceReference, slotOf } from '../select.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
  readonly task?: string;
  /** Commander sets nothing unless it is given. */
  readonly tty?: false;
  readonly stdin?: false;
}

export const exec: Verb<Options> = {
  failsWith: EXIT.notRun,

  define: (command) =>
    command
      .usage('[options] SERVICE -- COMMAND [ARGUMENT...]')
      .argument('<service>', 'in one of whose containers it runs')
      .argument('[command...]', 'the program and its arguments, after --')
      .option('-p, --project <name>', 'where the service is')
      .option('--task <task>', "in this task's container: an id, a slot's number, or web.2 (default: one that serves)")
      .option('-T, --no-tty', 'no terminal, though there is one here')
      .option('-n, --no-stdin', 'let it read nothing')
      .addHelpText(
        'after',
        examples(
          ['orca exec web -- sh', 'a shell in a container of web'],
          ['orca exec db -- pg_dump -U app > app.sql', 'what it writes, byte by byte'],
          ['orca exec web --task 2 -- cat < file', 'what is piped in, to slot 2'],
        ),
      ),

  run: async (session, [reference = '', ...command], { project, task, tty: wantsTty, stdin: wantsStdin }) => {
    if (command.length === 0) throw usage('which command?', 'write it behind --: orca exec web -- ls -l');
    const stdin = wantsStdin !== false;
    const tty = wantsTty !== false && stdin && isTerminal(session.streams);
    const { name, project: where } = serviceReference(reference, project);
    const client = await session.client();
    const query = { cmd: command, project: where, task: slotOf(name, task), tty };
    return attach(await client.exec(name, query), session, { stdin, tty });
  },
};
