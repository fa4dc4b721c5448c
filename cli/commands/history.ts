import type { RevisionBody } from '../../src/contract/history.ts';
import { EXIT } from '../exit-codes.ts';
import type { Style } from '../output/style.ts';
import { type Column, table } from '../output/table.ts';
import { age } from '../output/time.ts';
import { harmless } from '../output/width.ts';
import { paintOutcome } from '../output/words.ts';
import { serviceNamed } from '../select.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
}

export const history: Verb<Options> = {
  define: (command) =>
    command
      .argument('<service>', 'the service')
      .option('-p, --project <name>', 'where the service is')
      .addHelpText('after', examples(['orca history web', 'what was deployed, newest first, and how it went'])),

  run: async (session, [text = ''], { project: flag }) => {
    const { output, now } = session;
    const client = await session.client();
    const { name, project } = serviceNamed((await client.status()).services, text, flag);
    const answer = await client.history(name, project);
    if (output.json) await output.emit(answer);
    else {
      const rows = answer.revisions.map((one) => cells(one, output.style, now()));
      await output.print(...table(COLUMNS, rows, output.width));
      output.note(output.notes.faint(whereTo(name, answer.rollback_to)));
    }
    return EXIT.done;
  },
};

const whereTo = (name: string, to: number | null): string =>
  to === null ? 'there is no earlier revision to go back to' : `\`orca rollback ${name}\` goes back to revision ${to}`;

const COLUMNS: readonly Column[] = [
  { title: '' },
  { title: 'REVISION', align: 'right' },
  { title: 'OUTCOME' },
  { title: 'AGO', align: 'right' },
  { title: 'BY' },
  { title: 'IMAGE' },
  { title: 'CHANGED', shrinks: true },
];

const cells = (one: RevisionBody, style: Style, at: number): string[] => [
  one.current ? style.accent('*') : '',
  style.strong(String(one.revision)),
  outcome(one, style),
  age(at - one.created_at),
  harmless(one.by ?? '-'),
  harmless(one.image),
  style.faint(harmless(changed(one))),
];

/** Its deployment may be forgotten by now; that it succeeded is not. */
function outcome({ outcome: word, succeeded }: RevisionBody, style: Style): string {
  if (word !== null) return paintOutcome(word, style);
  return succeeded ? paintOutcome('succeeded', style) : '-';
}

function changed({ changed: keys, note }: RevisionBody): string {
  const what = keys === null ? '' : keys.length === 0 ? 'nothing' : keys.join(', ');
  return [note, what].filter((part) => part !== null && part !== '').join(': ');
}
