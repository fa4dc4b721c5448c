import type { RevisionDiff } from '../../src/contract/history.ts';
import { EXIT } from '../exit-codes.ts';
import { usage } from '../output/error.ts';
import type { Style } from '../output/style.ts';
import { harmless, pad } from '../output/width.ts';
import { serviceNamed } from '../select.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
}

export const diff: Verb<Options> = {
  define: (command) =>
    command
      .argument('<service>', 'the service')
      .argument('<from>', 'a revision')
      .argument('<to>', 'another one')
      .option('-p, --project <name>', 'where the service is')
      .addHelpText('after', examples(['orca diff web 11 12', 'every key that differs between the two'])),

  run: async (session, [text = '', from = '', to = ''], { project: flag }) => {
    const { output } = session;
    const between = { from: revisionNumber(from), to: revisionNumber(to) };
    const client = await session.client();
    const { name, project } = serviceNamed((await client.status()).services, text, flag);
    const answer = await client.diff(name, between, project);
    if (output.json) await output.emit(answer);
    else if (answer.diff.length === 0) output.note(`revisions ${from} and ${to} of ${name} are the same`);
    else await output.print(...lines(answer.diff, output.style));
    return EXIT.done;
  },
};

function revisionNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw usage(`"${text}" is no revision`, 'a revision is a number: `orca history` lists them');
}

type Change = RevisionDiff['diff'][number];

function lines(changes: readonly Change[], style: Style): string[] {
  const width = Math.max(...changes.map(({ path }) => path.length));
  return changes.flatMap(({ path, from, to, lines: changed = [] }) => {
    const [before, after] = [shown(from, style), shown(to, style)];
    const head = `${pad(harmless(path), width)}  ${before} -> ${after}`;
    return [head, ...changed.map((line) => `    ${painted(harmless(line), style)}`)];
  });
}

function painted(line: string, style: Style): string {
  if (line.startsWith('@@')) return style.faint(line);
  const [sign = ' ', text] = [line[0], line.slice(1)];
  return sign === '-' ? style.bad(`- ${text}`) : sign === '+' ? style.good(`+ ${text}`) : `  ${text}`;
}

const shown = (value: string | null, style: Style): string =>
  value === null ? style.faint('(unset)') : harmless(value);
