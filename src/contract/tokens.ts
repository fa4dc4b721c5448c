import { z } from 'zod';
import { oneOf, read } from '../core/model/schema/read.ts';
import { ROLES } from '../core/model/token.ts';
import { parseDuration } from '../core/units.ts';
import { endpoint } from './endpoint.ts';
import { Flag, Instant, Name } from './names.ts';

const TOKEN_NAME = 'expected a name of a-z, 0-9, -, _ and ., beginning with a letter or digit, at most 63 characters';
/** Names that an actor has who shows no token. */
const RESERVED: readonly string[] = ['local', 'anyone'];

export const TokenName = z
  .string(TOKEN_NAME)
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, TOKEN_NAME)
  .refine((name) => !RESERVED.includes(name), `expected another name: ${RESERVED.join(' and ')} are orca's own`);

/** Tokens that may be for so many projects. */
const MAX_PROJECTS = 100;
const LIFETIME = 'expected a duration from 1m to 3650d, such as 30d';
const [SHORTEST, LONGEST] = [60_000, 3650 * 86_400_000];

/** From now on, ms. */
const Lifetime = read(z.string(LIFETIME), parseDuration).refine((ms) => ms >= SHORTEST && ms <= LONGEST, LIFETIME);

export const TokenBody = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  projects: z.array(z.string()).nullable().meta({ description: 'null: all projects' }),
  created_at: Instant,
  created_by: z.string().nullable(),
  expires_at: Instant.nullable(),
  last_used: z
    .object({ at: Instant, address: z.string() })
    .nullable()
    .meta({ description: 'to the minute; the address that it came from' }),
});
export type TokenBody = z.infer<typeof TokenBody>;

const NewToken = TokenBody.omit({ last_used: true }).extend({
  token: z.string().meta({ description: 'told this once' }),
});
export type NewToken = z.infer<typeof NewToken>;

const TokenParams = z.object({ id: z.string() });

export const tokens = endpoint({
  method: 'GET',
  path: '/api/v1/tokens',
  access: 'admin',
  summary: 'Tokens: whose, what they may do, when they were last used',
  response: z.object({ tokens: z.array(TokenBody) }),
});

export const createToken = endpoint({
  method: 'POST',
  path: '/api/v1/tokens',
  access: 'admin',
  summary: 'Make a token; it is told once',
  body: z.strictObject({
    name: TokenName,
    role: oneOf(ROLES),
    projects: z.array(Name, 'expected a list of projects').min(1, 'expected at least one').max(MAX_PROJECTS).nullish(),
    expires: Lifetime.nullish(),
  }),
  response: NewToken,
  audited: (wish) => wish,
  answers: [201],
  errors: ['conflict'],
});

export const rotateToken = endpoint({
  method: 'POST',
  path: '/api/v1/tokens/{id}/rotate',
  access: 'admin',
  summary: 'Put a new token in the place of one, which ends at once',
  params: TokenParams,
  body: z.strictObject({ expires: Lifetime.nullish() }).optional(),
  response: NewToken,
  audited: (wish) => ({ ...wish }),
  answers: [201],
  errors: ['conflict'],
});

export const removeToken = endpoint({
  method: 'DELETE',
  path: '/api/v1/tokens/{id}',
  access: 'admin',
  summary: 'Remove a token; it is refused at once',
  params: TokenParams,
  query: z.strictObject({ last: Flag.optional() }),
  response: z.object({ ok: z.string(), removed: z.string() }),
  errors: ['conflict'],
});
