import { EXIT } from '../exit-codes.ts';
import { inTurn, lookUp } from '../in-turn.ts';
import { usage } from '../output/error.ts';
import { confirmed } from '../session.ts';
import { showTaken } from '../taken.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
  readonly all?: boolean;
  readonly yes?: boolean;
}

export const stop: Verb<Options> = {
  define: (command) =>
    command
      .argument('[services...]', 'services to stop')
      .option('-p, --project <name>', 'where the services are; without services: all of this project')
      .option('--all', 'every service of every project')
      .option('-y, --yes', 'do not ask')
      .addHelpText(
        'after',
        examples(
          ['orca stop web', 'until `orca start web`, or the next deploy'],
          ['orca stop --project shop', 'all of a project'],
        ),
      ),

  run: async (session, names, { project, all, yes }) => {
    if (all && (names.length > 0 || project !== undefined)) throw usage('--all goes with nothing else');
    if (!all && names.length === 0 && project === undefined)
      throw usage('what is to be stopped?', 'name services, or --project, or --all');
    const client = await session.client();
    const whole = all ? 'every service of every project' : names.length === 0 ? `all of project ${project}` : undefined;
    if (whole !== undefined && !(await confirmed(session, `stop ${whole}?`, yes))) return EXIT.failed;
    if (all) await showTaken(session.output, await client.stopAll());
    else if (whole !== undefined && project !== undefined)
      await showTaken(session.output, await client.stopProject(project));
    await inTurn(await lookUp(client, names, project), async ({ name, project: where }) =>
      showTaken(session.output, await client.stop(name, where)),
    );
    return EXIT.done;
  },
};
