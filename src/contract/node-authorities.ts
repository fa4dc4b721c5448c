import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { Instant } from './names.ts';

export const AuthoritiesBody = z.object({
  authorities: z
    .array(
      z.object({
        sha256: z.string().meta({ description: 'of its certificate; join lines carry it' }),
        created_at: Instant,
        expires_at: Instant,
        signs: z.boolean(),
      }),
    )
    .meta({ description: 'the one that signs first; two while one takes the place of the other' }),
  waiting_for: z
    .array(z.object({ node_id: z.string(), name: z.string(), status: z.enum(['ready', 'suspect', 'down']) }))
    .meta({ description: 'nodes without a certificate of the CA that signs: the old one stays until they have one' }),
});
export type AuthoritiesBody = z.infer<typeof AuthoritiesBody>;

const common = { scope: 'cluster', response: AuthoritiesBody } as const;

export const authorities = endpoint({
  ...common,
  method: 'GET',
  path: '/api/v1/cluster/authorities',
  access: 'viewer',
  summary: 'The CAs that vouch for nodes, and who waits for the new one',
});

export const rotateAuthority = endpoint({
  ...common,
  method: 'POST',
  path: '/api/v1/cluster/rotate-ca',
  access: 'admin',
  summary: 'Put a new CA in the place of the one that vouches for nodes',
  body: z
    .strictObject({
      finish: z
        .boolean('expected true or false')
        .optional()
        .meta({ description: 'drop the old CA now: nodes that wait have to join again' }),
    })
    .optional(),
  audited: (wish) => ({ ...wish }),
  errors: ['conflict', 'not_found'],
});
