import type { Plan } from '../../src/contract/plan.ts';
import { deployExit } from '../deploy/outcome.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type LoadedManifest, readManifest } from '../manifest-file.ts';
import { isChange, planLines } from '../output/plan.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly file?: string;
  readonly project?: string;
  readonly exitCode?: boolean;
}

export const plan: Verb<Options> = {
  readsManifest: true,

  define: (command) =>
    command
      .option('-f, --file <path>', 'the manifest (default: ./orca.yml)')
      .option('-p, --project <name>', 'deploy into this project, whatever the file says')
      .option('--exit-code', 'exit with 2 when there is something to do')
      .addHelpText(
        'after',
        examples(['orca plan', 'what deploy would do'], ['orca plan --exit-code --json', 'in a pipeline']),
      ),

  run: async (session, _args, options) => {
    const { output } = session;
    const manifest = await readManifest(session, options);
    const answer = await (await session.client()).plan(manifest.body);
    if (output.json) await output.emit(answer);
    else await output.print(...planLines(placed(answer, manifest), applyCommand(options), output.style));
    return exitOf(answer, options.exitCode === true);
  },
};

const placed = (answer: Plan, { placeOf }: LoadedManifest): Plan => ({
  ...answer,
  errors: answer.errors.map((one) => ({ ...one, error: `${placeOf(one.name, one.path)}${one.error}` })),
});

/** What would be refused is not a plan that can be applied: as the deploy of it would exit. */
function exitOf(answer: Plan, tellChanges: boolean): ExitCode {
  const refused = answer.errors.map(({ code }) => ({ state: 'refused', code }) as const);
  if (refused.length > 0) return deployExit(refused, true);
  return tellChanges && isChange(answer) ? EXIT.changes : EXIT.done;
}

const applyCommand = ({ file, project }: Options): string =>
  [
    'orca deploy',
    ...(file === undefined ? [] : [`-f ${quoted(file)}`]),
    ...(project === undefined ? [] : [`-p ${project}`]),
  ].join(' ');

/** As a shell takes it. */
const quoted = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
