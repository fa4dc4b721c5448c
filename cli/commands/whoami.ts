import { EXIT } from '../exit-codes.ts';
import { harmless } from '../output/width.ts';
import { list } from '../output/words.ts';
import { expiry } from '../tokens/show.ts';
import { examples, type Verb } from '../verb.ts';

export const whoami: Verb<object> = {
  define: (command) =>
    command.addHelpText(
      'after',
      examples(
        ['orca whoami', 'whose token is used, what it may do, and where'],
        ['orca whoami --context lab', 'at another server'],
      ),
    ),

  run: async (session) => {
    const { output } = session;
    const { api, source } = await session.context();
    const who = await (await session.client()).whoami();
    if (output.json) await output.emit({ ...who, api, source });
    else {
      const where = who.projects === null ? 'all projects' : list(who.projects);
      const until = who.expires_at === null ? '' : `; expires ${expiry(who.expires_at, session.now())}`;
      await output.print(
        `${output.style.strong(harmless(who.name))}: ${who.role} for ${where}${until}`,
        `server: ${api} (${source})`,
      );
    }
    return EXIT.done;
  },
};
