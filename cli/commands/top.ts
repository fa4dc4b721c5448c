import { setTimeout as delay } from 'node:timers/promises';
import { Option } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { type Order, topLines } from '../load/show.ts';
import { serviceReference, slotOf } from '../select.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
  readonly task?: string;
  readonly sort: Order;
  /** Commander sets nothing unless it is given. */
  readonly stream?: false;
}

/** Between two views, ms; the server takes a second for the first. */
const EVERY = 2_000;

export const top: Verb<Options> = {
  define: (command) =>
    command
      .argument('[service]', 'only its tasks')
      .option('-p, --project <name>', 'only this project')
      .option('--task <task>', "only this task: an id, a slot's number, or web.2")
      .addOption(new Option('--sort <by>', 'name, cpu or memory').choices(['name', 'cpu', 'memory']).default('name'))
      .option('--no-stream', 'print one view and end, on a terminal too')
      .addHelpText(
        'after',
        '\nOn a terminal the view is drawn again every 2 s, until Ctrl-C. A pipe and --json get one view.',
      )
      .addHelpText(
        'after',
        examples(
          ['orca top', 'every task, and the machine'],
          ['orca top web --sort memory', 'which task of web takes most memory'],
          ['orca top --no-stream', 'one view'],
        ),
      ),

  run: async (session, [reference], { project, task, sort, stream }) => {
    const { output, interrupted } = session;
    const { name, project: where } =
      reference === undefined ? { name: reference, project } : serviceReference(reference, project);
    const client = await session.client();
    const read = () =>
      client.top({ service: name, project: where, task: name === undefined ? task : slotOf(name, task) });
    const { live } = output;
    if (output.json) await output.emit(await read());
    else if (stream === false || live === undefined || output.width === undefined) {
      await output.print(...topLines(await read(), sort, output));
    } else {
      try {
        for (;;) {
          live.show(topLines(await read(), sort, output));
          await delay(EVERY, undefined, { signal: interrupted });
        }
      } finally {
        live.end();
      }
    }
    return EXIT.done;
  },
};
