import { randomBytes } from 'node:crypto';
import { createToken, removeToken, rotateToken, type TokenBody, tokens } from '../../contract/tokens.ts';
import type { TokenRecord } from '../../core/model/token.ts';
import type { State } from '../../store/state.ts';
import { createTokens, type MadeToken } from '../intents/tokens.ts';
import type { TokenUses } from '../observing/token-uses.ts';
import { type BodyReply, ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

export interface TokenRoutesOptions {
  readonly state: State;
  readonly clock: { now(): number };
  readonly tokenUses: TokenUses;
}

/** Who may use the API. An admin of some projects deals with the tokens of these. */
export function tokenRoutes({ state, clock, tokenUses }: TokenRoutesOptions): readonly Route[] {
  const intents = createTokens({ state, clock, random: randomBytes });

  const told = async (record: TokenRecord): Promise<TokenBody> => {
    const use = await tokenUses.of(record.id);
    return { ...bodyOf(record), last_used: use ? { at: use.at, address: use.address } : null };
  };

  return [
    route(tokens, async ({ caller }) => {
      const records = (await intents.visible(caller)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
      return ok({ tokens: await Promise.all(records.map(told)) });
    }),
    route(createToken, async ({ caller, body: { name, role, projects, expires } }) =>
      madeReply(
        await intents.create(caller, { name, role, projects: projects ?? undefined, lifetime: expires ?? undefined }),
      ),
    ),
    route(rotateToken, async ({ caller, params, body }) =>
      madeReply(await intents.rotate(caller, params.id, body?.expires ?? undefined)),
    ),
    route(removeToken, async ({ caller, params, query }) => {
      const { name, id } = await intents.remove(caller, params.id, query.last ?? false);
      return ok({ ok: `removed token ${name}`, removed: id });
    }),
  ];
}

const bodyOf = ({ id, name, role, projects, createdAt, createdBy, expiresAt }: TokenRecord) => ({
  id,
  name,
  role,
  projects: projects ? [...projects] : null,
  created_at: createdAt,
  created_by: createdBy ?? null,
  expires_at: expiresAt ?? null,
});

const madeReply = ({ record, token }: MadeToken): BodyReply => ({ status: 201, body: { ...bodyOf(record), token } });
