import { z } from 'zod';
import { text } from '../core/model/schema/read.ts';
import { isSecretKey } from '../core/model/secret.ts';
import { endpoint } from './endpoint.ts';
import { Instant, Name, ProjectQuery } from './names.ts';

const KIB = 1024;
/** Bytes of one value in UTF-8: so that it fits in a variable, whatever stands beside it there. */
export const MAX_SECRET = 64 * KIB;
/** In one call. */
export const MAX_SECRETS_AT_ONCE = 500;
/** The values, each sign of which JSON may write in six. */
const SECRET_BODY = 6 * MAX_SECRET + 16 * KIB;
const SECRETS_BODY = 1024 * KIB;

export const KEY_FORM =
  'a key has letters, digits, _, . and -, does not begin with a digit, and is 128 characters long at most';
/** Not in the words of other refusals, to which what was found is added. */
const VALUE = `a value is text of 1 byte to ${MAX_SECRET / KIB} KiB, without NUL characters`;

const SecretKey = z.string(KEY_FORM).refine(isSecretKey, KEY_FORM);

const SecretValue = z
  .string(VALUE)
  .refine((value) => value !== '' && value.isWellFormed() && !value.includes('\0'), VALUE)
  .refine((value) => Buffer.byteLength(value) <= MAX_SECRET, VALUE);

/** Whatever it is: what cannot be a key is told so where one is set. */
const SecretParams = z.object({ key: text('expected a key', 1000) });

/** Whoever sends a value alone is not told it. */
const MAP = {
  error: ({ code }: { readonly code?: string }) => (code === 'invalid_type' ? 'the body is no map' : undefined),
};

const Changing = {
  now: z.boolean('expected true or false').optional().meta({ description: 'roll the services that use it at once' }),
  revoke: z
    .boolean('expected true or false')
    .optional()
    .meta({ description: 'no rollback brings earlier versions back' }),
  grant: z
    .array(Name, 'expected a list of projects')
    .max(1000, 'expected at most 1000 projects')
    .optional()
    .meta({ description: 'of a secret of the cluster: the projects that may use it; as before unless given' }),
};

export const SetSecret = z.strictObject({ ...Changing, value: SecretValue }, MAP);
export type SetSecret = z.input<typeof SetSecret>;

const Values = {
  secrets: z
    .record(SecretKey, SecretValue, '`secrets` is a map of values by their keys')
    .refine(
      (secrets) => Object.keys(secrets).length > 0 && Object.keys(secrets).length <= MAX_SECRETS_AT_ONCE,
      `expected 1 to ${MAX_SECRETS_AT_ONCE} secrets`,
    ),
};

export const SetSecrets = z.strictObject({ ...Changing, ...Values }, MAP);
export type SetSecrets = z.input<typeof SetSecrets>;

const Use = z.object({
  project: z.string(),
  service: z.string(),
  version: z.number().int().meta({ description: 'that its revision runs with, or that is served' }),
  certificate: z
    .boolean()
    .optional()
    .meta({ description: 'true: `tls` of the service names it; the newest version is served, without a deploy' }),
});
export type SecretUse = z.infer<typeof Use>;

const Rolled = z.object({
  project: z.string(),
  service: z.string(),
  deployment: z.number().int().nullable().meta({ description: 'null: it was refused' }),
  reason: z.string(),
});
export type RolledService = z.infer<typeof Rolled>;

const Outcome = {
  used_by: z.array(Use).meta({ description: 'services that run with it, or will with their next deploy' }),
  deployments: z.array(Rolled).meta({ description: 'with `now`: what was begun for each of these services' }),
};

const Changed = z.object({
  key: z.string(),
  version: z.number().int(),
  fingerprint: z.string(),
  changed: z.boolean().meta({ description: 'false: it had this value already' }),
});
export type ChangedSecret = z.infer<typeof Changed>;

export const SecretAnswer = Changed.extend({ project: z.string().nullable(), ...Outcome });
export type SecretAnswer = z.infer<typeof SecretAnswer>;

export const SecretsAnswer = z.object({ project: z.string().nullable(), secrets: z.array(Changed), ...Outcome });
export type SecretsAnswer = z.infer<typeof SecretsAnswer>;

export const SecretBody = z.object({
  key: z.string(),
  project: z.string().nullable().meta({ description: 'null: it is the cluster’s' }),
  version: z.number().int(),
  fingerprint: z.string().meta({ description: 'the same for the same value of this secret, and no help to guess it' }),
  grant: z.array(z.string()).meta({ description: 'projects that may use a secret of the cluster' }),
  updated_at: Instant,
  updated_by: z.string(),
  used_by: z.array(Use),
});
export type SecretBody = z.infer<typeof SecretBody>;

export const SecretUsage = z.object({
  key: z.string(),
  project: z.string().nullable(),
  versions: z
    .array(
      z.object({
        version: z.number().int(),
        fingerprint: z.string(),
        revoked: z.boolean(),
        created_at: Instant,
        created_by: z.string(),
        used_by: z.array(
          z.object({
            project: z.string(),
            service: z.string(),
            revision: z.number().int(),
            current: z.boolean().meta({ description: 'it is wanted, or serves' }),
          }),
        ),
      }),
    )
    .meta({ description: 'newest first' }),
});
export type SecretUsage = z.infer<typeof SecretUsage>;

export const secrets = endpoint({
  method: 'GET',
  path: '/api/v1/secrets',
  access: 'admin',
  summary: 'Secrets, and who uses them; never their values',
  query: ProjectQuery,
  response: z.object({ secrets: z.array(SecretBody) }),
  errors: ['not_found'],
});

export const secretUsage = endpoint({
  method: 'GET',
  path: '/api/v1/secrets/{key}',
  access: 'admin',
  summary: 'The versions of a secret that are kept, and the revisions that run with each',
  params: SecretParams,
  query: ProjectQuery,
  response: SecretUsage,
});

/** Without `project` it is a secret of the cluster, for the projects in `grant`; that takes an admin of all projects. */
export const setSecret = endpoint({
  method: 'PUT',
  path: '/api/v1/secrets/{key}',
  access: 'admin',
  summary: 'Set a secret: services use the new version from their next deploy on, or now',
  params: SecretParams,
  query: ProjectQuery,
  body: SetSecret,
  bodyLimit: SECRET_BODY,
  response: SecretAnswer,
  errors: ['conflict'],
  audited: ({ value: _, ...rest }) => rest,
});

export const setSecrets = endpoint({
  method: 'PUT',
  path: '/api/v1/secrets',
  access: 'admin',
  summary: 'Set several secrets; those whose value stays are not changed',
  query: ProjectQuery,
  body: SetSecrets,
  bodyLimit: SECRETS_BODY,
  response: SecretsAnswer,
  errors: ['conflict', 'not_found'],
  audited: ({ secrets, ...rest }) => ({ keys: Object.keys(secrets).slice(0, 100), ...rest }),
});

/** Refused while a service wants it, or runs with it. Revisions that need it are gone back to without it, or not at all. */
export const removeSecret = endpoint({
  method: 'DELETE',
  path: '/api/v1/secrets/{key}',
  access: 'admin',
  summary: 'Remove a secret that no service uses, with all its versions',
  params: SecretParams,
  query: ProjectQuery,
  response: z.object({ ok: z.string(), key: z.string(), project: z.string().nullable() }),
  errors: ['conflict'],
});

export const rotateSecretKey = endpoint({
  method: 'POST',
  path: '/api/v1/secrets/rotate-key',
  access: 'admin',
  scope: 'cluster',
  summary: 'Replace the key that secrets are encrypted with, and encrypt everything anew',
  body: z.strictObject({}).optional(),
  response: z.object({ ok: z.string(), values: z.number().int() }),
  errors: ['conflict'],
});
