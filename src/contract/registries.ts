import { z } from 'zod';
import { text } from '../core/model/schema/read.ts';
import { endpoint } from './endpoint.ts';
import { Instant } from './names.ts';

const USERNAME = 'expected a name of 1 to 255 printable characters without a colon';
/** Not `expected ...`: what was found is not repeated. */
const PASSWORD = 'must be a password or token of 1 to 16384 characters';

export const RegistryBody = z.object({
  host: z.string().meta({ description: 'the registry, or a part of it: `registry.example.com/team-a`' }),
  username: z.string(),
  created_at: Instant,
  created_by: z.string(),
});
export type RegistryBody = z.infer<typeof RegistryBody>;

/** In docker's own config on the server. */
export const KnownRegistryBody = z.object({
  host: z.string(),
  username: z.string().nullable().meta({ description: 'null where only a credential helper knows it' }),
  helper: z.string().nullable().meta({ description: 'the name of its credential helper' }),
});
export type KnownRegistryBody = z.infer<typeof KnownRegistryBody>;

const RegistryParams = z.object({
  host: text('expected a registry', 300).meta({
    description: 'as in image names; a part of a registry with its slashes encoded: `registry.example.com%2Fteam-a`',
  }),
});

export const registries = endpoint({
  method: 'GET',
  path: '/api/v1/registries',
  access: 'admin',
  scope: 'cluster',
  summary: 'Accounts of registries, without their passwords',
  response: z.object({
    registries: z.array(RegistryBody),
    docker_config: z.array(KnownRegistryBody).meta({ description: 'used where none of `registries` counts' }),
    problem: z.string().nullable().meta({ description: "why docker's own config cannot be read" }),
  }),
});

export const registry = endpoint({
  method: 'GET',
  path: '/api/v1/registries/{host}',
  access: 'admin',
  scope: 'cluster',
  summary: 'An account of a registry, without its password',
  params: RegistryParams,
  response: RegistryBody,
});

export const putRegistry = endpoint({
  method: 'PUT',
  path: '/api/v1/registries/{host}',
  access: 'admin',
  scope: 'cluster',
  summary: 'Store an account of a registry, once the registry has accepted it',
  params: RegistryParams,
  body: z.strictObject({
    username: z.string(USERNAME).regex(/^[^\p{Cc}:]{1,255}$/u, USERNAME),
    password: z
      .string(PASSWORD)
      .min(1, PASSWORD)
      .max(16_384, PASSWORD)
      .refine((value) => !value.includes('\0'), PASSWORD),
    check: z
      .boolean('expected true or false')
      .default(true)
      .meta({ description: 'false: store it without asking the registry' }),
  }),
  response: RegistryBody.extend({ checked: z.boolean() }),
  errors: ['conflict'],
  audited: ({ password: _, ...wish }) => wish,
});
export type PutRegistry = z.input<typeof putRegistry.body>;

export const removeRegistry = endpoint({
  method: 'DELETE',
  path: '/api/v1/registries/{host}',
  access: 'admin',
  scope: 'cluster',
  summary: 'Forget an account of a registry',
  params: RegistryParams,
  response: z.object({ ok: z.string(), host: z.string() }),
});
