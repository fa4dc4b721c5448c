import type { Client } from '../../src/client/client.ts';
import type { TokenBody } from '../../src/contract/tokens.ts';
import { OrcaError } from '../../src/core/errors.ts';
import { list } from '../output/words.ts';

/** By its name, or by its id. @throws OrcaError `not_found` */
export async function tokenNamed(client: Pick<Client, 'tokens'>, text: string): Promise<TokenBody> {
  const { tokens } = await client.tokens();
  const found = tokens.find(({ name }) => name === text) ?? tokens.find(({ id }) => id === text);
  if (found) return found;
  throw new OrcaError('not_found', `token not found: ${text}`, {
    hint: tokens.length > 0 ? `there are: ${list(tokens.map(({ name }) => name))}` : 'there are none yet',
  });
}
