import { deployAgain } from '../deploy/again.ts';
import { serviceNamed } from '../select.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
  readonly step?: boolean;
  readonly detach?: boolean;
}

export const promote: Verb<Options> = {
  define: (command) =>
    command
      .argument('<service>', 'the service')
      .option('-p, --project <name>', 'where the service is')
      .option('--step', 'go to the next step only')
      .option('-d, --detach', 'do not wait for the outcome')
      .addHelpText(
        'after',
        examples(
          ['orca promote web --step', 'the next share of the requests'],
          ['orca promote web', 'all requests: the canary has passed'],
        ),
      ),

  run: async (session, [text = ''], options) => {
    const client = await session.client();
    const { name, project } = serviceNamed((await client.status()).services, text, options.project);
    const query = { step: options.step, project };
    return deployAgain(session, {
      client,
      begin: () => client.promote(name, query),
      detached: () => client.promoteDetached(name, query),
      detach: options.detach,
    });
  },
};
