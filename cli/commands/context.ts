import { OrcaError } from '../../src/core/errors.ts';
import { type ConfigFile, readConfigFile } from '../config-file.ts';
import { configPath } from '../context.ts';
import { removeContext, setCurrent } from '../contexts/change.ts';
import { EXIT } from '../exit-codes.ts';
import { usage } from '../output/error.ts';
import { table } from '../output/table.ts';
import { list } from '../output/words.ts';
import type { Session } from '../session.ts';
import { examples, type Verb } from '../verb.ts';

export const context: Verb<object> = {
  define: (command) =>
    command
      .argument('[action]', 'ls, use or rm; ls without it')
      .argument('[name]', 'of the context; not for ls')
      .addHelpText('after', '\nContexts are the servers in ~/.config/orca/config.yml. `orca login` adds one.')
      .addHelpText(
        'after',
        examples(
          ['orca context', 'which there are; * is used'],
          ['orca context use prod', 'from now on'],
          ['orca context rm lab', 'with its token'],
        ),
      ),

  run: async (session, [action = 'ls', name]) => {
    const path = configPath(session.env);
    const file = (await readConfigFile(path)) ?? { contexts: {} };
    if (action === 'ls') await show(session, file);
    else if (action === 'use') await use(session, path, known(file, name, path));
    else if (action === 'rm') await remove(session, path, known(file, name, path));
    else throw usage(`"${action}" is not something that \`orca context\` does`, 'it does: ls, use, rm');
    return EXIT.done;
  },
};

const COLUMNS = [{ title: '' }, { title: 'NAME' }, { title: 'SERVER', shrinks: true }, { title: 'TOKEN' }];

/** Never a token: whoever looks over a shoulder sees no secret. */
async function show({ output }: Session, { current, contexts }: ConfigFile): Promise<void> {
  const rows = Object.entries(contexts).map(([name, { api, token }]) => ({
    name,
    api,
    current: name === current,
    has_token: token !== undefined,
  }));
  if (output.json) return output.emit({ contexts: rows });
  if (rows.length === 0) return output.note('there are no contexts; `orca login URL` adds one');
  const cells = rows.map((row) => [row.current ? '*' : '', row.name, row.api, row.has_token ? 'yes' : 'no']);
  return output.print(...table(COLUMNS, cells, output.width));
}

async function use({ output }: Session, path: string, name: string): Promise<void> {
  await setCurrent(path, name);
  await (output.json ? output.emit({ current: name }) : output.print(`the context "${name}" is now used`));
}

async function remove({ output }: Session, path: string, name: string): Promise<void> {
  await removeContext(path, name);
  await (output.json ? output.emit({ removed: name }) : output.print(`removed the context "${name}" and its token`));
}

function known({ contexts }: ConfigFile, name: string | undefined, path: string): string {
  const names = Object.keys(contexts);
  const hint = names.length > 0 ? `there are: ${list(names)}` : 'there are none; `orca login URL` adds one';
  if (name === undefined) throw usage('which context?', hint);
  if (Object.hasOwn(contexts, name)) return name;
  throw new OrcaError('not_found', `there is no context "${name}" in ${path}`, { hint });
}
