import { z } from 'zod';
import { ROLES } from '../core/model/token.ts';
import { endpoint } from './endpoint.ts';
import { Instant } from './names.ts';

export const Whoami = z.object({
  name: z.string().meta({ description: 'of the token' }),
  role: z.enum(ROLES),
  projects: z.array(z.string()).nullable().meta({ description: 'null: all projects' }),
  expires_at: Instant.nullable(),
});
export type Whoami = z.infer<typeof Whoami>;

export const whoami = endpoint({
  method: 'GET',
  path: '/v1/auth/whoami',
  access: 'viewer',
  summary: 'Whose token this is, and what it may do',
  response: Whoami,
});
