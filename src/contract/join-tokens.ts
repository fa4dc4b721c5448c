import { z } from 'zod';
import { read, text } from '../core/model/schema/read.ts';
import { parseDuration } from '../core/units.ts';
import { endpoint } from './endpoint.ts';
import { Instant } from './names.ts';

const LIFETIME = 'expected a duration from 1m to 7d, such as 1h';
const [SHORTEST, LONGEST] = [60_000, 7 * 86_400_000];
const Lifetime = read(z.string(LIFETIME), parseDuration).refine((ms) => ms >= SHORTEST && ms <= LONGEST, LIFETIME);

const ADDRESS = 'expected a host or host:port, such as 10.0.0.1, [fd00::1]:6881 or orca.example.com';
/** IPv6 in brackets if a port follows. */
const Address = text(ADDRESS, 260).regex(
  /^(\[[0-9a-fA-F]*:[0-9a-fA-F:.]*:[0-9a-fA-F.]*\](:\d{1,5})?|[0-9a-fA-F]*:[0-9a-fA-F:.]*:[0-9a-fA-F.]*|[A-Za-z0-9.-]+(:\d{1,5})?)$/,
  ADDRESS,
);

export const JoinTokenBody = z.object({
  id: z.string(),
  reusable: z.boolean(),
  created_at: Instant,
  created_by: z.string(),
  expires_at: Instant,
  state: z.enum(['open', 'used', 'expired']).meta({ description: 'used: a node joined with it, and no other can' }),
  used_by: z
    .string()
    .nullable()
    .meta({ description: 'the last node that joined with it: its name, or its id if it is gone' }),
  used_at: Instant.nullable(),
});
export type JoinTokenBody = z.infer<typeof JoinTokenBody>;

export const CreateJoinToken = z.strictObject({
  address: Address.optional().meta({ description: 'of the master, as the node reaches it; a guess unless given' }),
  ttl: Lifetime.optional().meta({ description: '1h unless given' }),
  reusable: z.boolean('expected true or false').optional(),
});
export type CreateJoinToken = z.input<typeof CreateJoinToken>;

const NewJoinToken = JoinTokenBody.extend({
  line: z.string().meta({ description: 'for `orca join` on its standard input; told this once' }),
  address: z.string().meta({ description: 'that the node will dial' }),
});
export type NewJoinToken = z.infer<typeof NewJoinToken>;

const common = { access: 'admin', scope: 'cluster' } as const;

export const joinTokens = endpoint({
  ...common,
  method: 'GET',
  path: '/api/v1/cluster/join-tokens',
  summary: 'Lines to join with: until when, and who used them',
  response: z.object({ join_tokens: z.array(JoinTokenBody) }),
});

export const createJoinToken = endpoint({
  ...common,
  method: 'POST',
  path: '/api/v1/cluster/join-tokens',
  summary: 'Make a line with which a machine joins; it is told once, and opens the node port',
  body: CreateJoinToken,
  response: NewJoinToken,
  audited: (wish) => ({ ...wish }),
  answers: [201],
  errors: ['conflict'],
});

export const removeJoinToken = endpoint({
  ...common,
  method: 'DELETE',
  path: '/api/v1/cluster/join-tokens/{id}',
  summary: 'Revoke a line: nobody joins with it any more',
  params: z.object({ id: z.string() }),
  response: z.object({ ok: z.string(), removed: z.string() }),
});
