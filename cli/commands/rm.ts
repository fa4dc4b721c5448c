import { EXIT } from '../exit-codes.ts';
import { inTurn, lookUp } from '../in-turn.ts';
import { usage } from '../output/error.ts';
import { list } from '../output/words.ts';
import { confirmed } from '../session.ts';
import { showTaken } from '../taken.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
  readonly yes?: boolean;
}

export const rm: Verb<Options> = {
  define: (command) =>
    command
      .argument('[services...]', 'services to remove')
      .option('-p, --project <name>', 'where the services are; without services: all of this project')
      .option('-y, --yes', 'do not ask')
      .addHelpText('after', '\nContainers, revisions and routes go; volumes and their data stay.')
      .addHelpText(
        'after',
        examples(['orca rm web', 'asks, then removes web'], ['orca rm --project shop --yes', 'all of a project']),
      ),

  run: async (session, names, { project, yes }) => {
    if (names.length === 0 && project === undefined)
      throw usage('what is to be removed?', 'name services, or --project');
    const what = names.length === 0 ? `all of project ${project}` : list(names);
    const client = await session.client();
    const targets = await lookUp(client, names, project);
    if (!(await confirmed(session, `remove ${what}? (volumes stay)`, yes))) return EXIT.failed;
    if (names.length === 0 && project !== undefined)
      await showTaken(session.output, await client.removeProject(project));
    await inTurn(targets, async ({ name, project: where }) =>
      showTaken(session.output, await client.remove(name, where)),
    );
    return EXIT.done;
  },
};
