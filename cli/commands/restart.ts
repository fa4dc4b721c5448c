import { deployAgain } from '../deploy/again.ts';
import { serviceNamed } from '../select.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
  readonly detach?: boolean;
}

export const restart: Verb<Options> = {
  define: (command) =>
    command
      .argument('<service>', 'the service')
      .option('-p, --project <name>', 'where the service is')
      .option('-d, --detach', 'do not wait for the outcome')
      .addHelpText('after', examples(['orca restart web', 'new tasks of the same revision, one after the other'])),

  run: async (session, [text = ''], options) => {
    const client = await session.client();
    const { name, project } = serviceNamed((await client.status()).services, text, options.project);
    return deployAgain(session, {
      client,
      begin: () => client.restart(name, project),
      detached: () => client.restartDetached(name, project),
      detach: options.detach,
    });
  },
};
