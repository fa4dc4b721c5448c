import { EXIT } from '../exit-codes.ts';
import { inTurn, lookUp } from '../in-turn.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
}

export const start: Verb<Options> = {
  define: (command) =>
    command
      .argument('<services...>', 'services that were stopped')
      .option('-p, --project <name>', 'where the services are')
      .addHelpText('after', examples(['orca start web', 'web runs again, as it was'])),

  run: async (session, names, { project }) => {
    const { output } = session;
    const client = await session.client();
    await inTurn(await lookUp(client, names, project), async ({ name, project: where }) => {
      const started = await client.start(name, where);
      if (output.json) await output.emit(started);
      else await output.print(`starting ${started.service}`);
    });
    return EXIT.done;
  },
};
