import type { JoinTokenBody } from '../../src/contract/join-tokens.ts';
import { type Column, table } from '../output/table.ts';
import { age } from '../output/time.ts';
import { harmless } from '../output/width.ts';
import type { Session } from '../session.ts';
import { expiry } from './show.ts';

export interface LineOptions {
  readonly address?: string;
  readonly ttl?: string;
  readonly reusable?: boolean;
}

/** So long an answer may have taken, ms: an hour is told as one. */
const ON_THE_WAY = 30_000;

/** The one line to paste on standard output; what it is on standard error. The secret is in no argument: `printf` is the shell's own. */
export async function makeLine(
  { client, output, now }: Session,
  { address, ttl, reusable }: LineOptions,
): Promise<void> {
  const made = await (await client()).createJoinToken({ address, ttl, reusable });
  if (output.json) return output.emit(made);
  const uses = made.reusable ? 'any number of machines' : 'one machine';
  const until = age(made.expires_at - now() + ON_THE_WAY);
  output.note(`paste this as root on the other machine. It is for ${uses}, for ${until}, and is shown only now.`);
  output.note(
    address === undefined
      ? `the other machine dials ${made.address}: if it reaches this one otherwise, add --address HOST`
      : `the other machine dials ${made.address}`,
  );
  return output.print(`printf '%s\\n' '${made.line}' | orca join`);
}

const COLUMNS: readonly Column[] = [
  { title: 'ID' },
  { title: 'STATE' },
  { title: 'FOR' },
  { title: 'USED BY', shrinks: true },
  { title: 'EXPIRES' },
  { title: 'CREATED' },
  { title: 'BY', shrinks: true },
];

export async function showLines({ output, now }: Session, lines: readonly JoinTokenBody[]): Promise<void> {
  if (output.json) return output.emit({ join_tokens: lines });
  if (lines.length === 0) return output.note('no join lines', 'make one: orca node token');
  const rows = lines.map((line) => [
    line.id,
    line.state,
    line.reusable ? 'many nodes' : 'one node',
    harmless(line.used_by ?? ''),
    expiry(line.expires_at, now()),
    `${age(now() - line.created_at)} ago`,
    harmless(line.created_by),
  ]);
  return output.print(...table(COLUMNS, rows, output.width));
}
