import { Option } from 'commander';
import type { AuditBody } from '../../src/contract/audit.ts';
import { MAX_AUDIT } from '../bounds.ts';
import { EXIT } from '../exit-codes.ts';
import { type AuditNews, followAudit } from '../follow-audit.ts';
import { since, wholeNumber } from '../options.ts';
import type { Output } from '../output/output.ts';
import { harmless } from '../output/width.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly since?: string;
  readonly limit?: number;
  readonly only?: 'changes' | 'refusals';
  readonly follow?: boolean;
}

export const audit: Verb<Options> = {
  define: (command) =>
    command
      .option('-f, --follow', 'go on as entries are written')
      .option('--since <when>', 'start here: `10m`, `2026-01-31T12:00:00Z`', since)
      .option('-n, --limit <count>', 'show the newest entries only; 100 without it', wholeNumber(1, MAX_AUDIT))
      .addOption(new Option('--only <kind>', 'show only one kind').choices(['changes', 'refusals']))
      .addHelpText(
        'after',
        examples(
          ['orca audit --since 1d', 'since yesterday'],
          ['orca audit --only refusals', 'who was refused'],
          ['orca audit -f', 'what changes, until Ctrl-C'],
          ['orca audit --json', 'a line each, for a program'],
        ),
      ),

  run: async (session, _, { follow, ...query }) => {
    const { output, interrupted } = session;
    const { audit: read } = await session.client();
    if (follow) for await (const news of followAudit({ query, read, interrupted })) await showNews(news, output);
    const { entries } = await read(query);
    for (const entry of entries) await show(entry, output);
    if (entries.length === 0) output.note('nothing was changed or refused in this time');
    return EXIT.done;
  },
};

const show = (entry: AuditBody, output: Output): Promise<void> =>
  output.json ? output.emit(entry) : output.print(lineOf(entry, output));

async function showNews(news: AuditNews, output: Output): Promise<void> {
  if (news === 'gap') output.note('some entries are missing here: more were written at once than are asked for');
  else await show(news, output);
}

function lineOf(
  { at, actor, address, method, path, about, status, code, result }: AuditBody,
  { style }: Output,
): string {
  const outcome = [result, status, code ?? ''].join(' ').trimEnd();
  const what = about === null ? '' : ` ${JSON.stringify(about)}`;
  const paint = result === 'refused' || result === 'failed' ? style.bad : style.good;
  const who = `${style.strong(harmless(actor ?? '-'))} ${harmless(address)}`;
  return `${style.faint(new Date(at).toISOString())} ${who} ${method} ${harmless(path + what)}: ${paint(outcome)}`;
}
