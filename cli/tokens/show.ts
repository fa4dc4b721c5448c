import type { NewToken, TokenBody } from '../../src/contract/tokens.ts';
import { table } from '../output/table.ts';
import { age } from '../output/time.ts';
import { list } from '../output/words.ts';
import type { Session } from '../session.ts';

const COLUMNS = [
  { title: 'NAME' },
  { title: 'ROLE' },
  { title: 'PROJECTS', shrinks: true },
  { title: 'LAST USED' },
  { title: 'FROM', shrinks: true },
  { title: 'EXPIRES' },
  { title: 'CREATED' },
  { title: 'BY', shrinks: true },
  { title: 'ID' },
];

type Showing = Pick<Session, 'output' | 'now'>;

export async function showTokens({ output, now }: Showing, tokens: readonly TokenBody[]): Promise<void> {
  if (output.json) return output.emit({ tokens });
  const rows = tokens.map((token) => [
    token.name,
    token.role,
    token.projects?.join(',') ?? 'all',
    token.last_used ? `${age(now() - token.last_used.at)} ago` : 'never',
    token.last_used?.address ?? '',
    expiry(token.expires_at, now()),
    `${age(now() - token.created_at)} ago`,
    token.created_by ?? '',
    token.id,
  ]);
  return output.print(...table(COLUMNS, rows, output.width));
}

/** The token alone on standard output, so that a script can take it; what it is on standard error. */
export async function showMade({ output, now }: Showing, made: NewToken): Promise<void> {
  if (output.json) return output.emit(made);
  const where = made.projects ? list(made.projects) : 'all projects';
  const until = made.expires_at === null ? 'it does not expire' : `it expires ${expiry(made.expires_at, now())}`;
  output.note(`${made.name}: ${made.role} for ${where}; ${until}. The token is shown only now:`);
  return output.print(made.token);
}

export function expiry(at: number | null, now: number): string {
  if (at === null) return 'never';
  return at <= now ? 'expired' : `in ${age(at - now)}`;
}
