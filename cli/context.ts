import { join } from 'node:path';
import { unixAddress } from '../src/client/unix-address.ts';
import { OrcaError } from '../src/core/errors.ts';
import { isSafe, isSameAddress, normalise } from './address.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import type { Environment } from './environment.ts';
import { ownSocket } from './own-socket.ts';
import { type Credential, credentialOf, type NoCredential } from './token.ts';

/** Which server, and with what credential. */
export interface Context {
  readonly api: string;
  readonly token: string | undefined;
  /** Where the token is from, or why there is none. */
  readonly credential: Credential | NoCredential;
  /** Where it comes from, for messages: `ORCA_API`, a context's name, `this machine`. */
  readonly source: string;
}

export interface ContextFlags {
  readonly api?: string | undefined;
  readonly context?: string | undefined;
  readonly data?: string | undefined;
}

/**
 * Flags win over the environment, that over the configuration file; with none of them it is the server on this machine, over
 * the socket in its data folder, which takes no token. A token goes to the one address that it is configured for: ORCA_TOKEN
 * to that in ORCA_API, a context's to that context's. Whoever listens elsewhere is told none.
 */
export async function resolveContext(flags: ContextFlags, env: Environment): Promise<Context> {
  const named = await namedContext(flags, env);
  const api = normalise(named?.api ?? unixAddress(ownSocket(flags.data ?? env.data, env)));
  const credential = (named && (await credentialFor(api, named, env))) ?? unsent(api, env);
  if (credential.token !== undefined) refuseReadable(api);
  return { api, token: credential.token, credential, source: named?.source ?? 'this machine' };
}

interface Named {
  readonly api: string;
  readonly source: string;
  /** Of a context. */
  readonly token?: string | undefined;
  readonly isContext: boolean;
}

async function namedContext(flags: ContextFlags, env: Environment): Promise<Named | undefined> {
  if (flags.api !== undefined) return { api: flags.api, source: '--api', isContext: false };
  if (flags.context !== undefined) return contextNamed(flags.context, env);
  if (flags.data !== undefined) return undefined;
  if (env.api !== undefined) return { api: env.api, source: 'ORCA_API', isContext: false };
  if (env.context !== undefined) return contextNamed(env.context, env);
  if (env.data !== undefined) return undefined;
  return contextNamed(undefined, env);
}

export const configPath = ({ configHome }: Pick<Environment, 'configHome'>): string =>
  join(configHome, 'orca', 'config.yml');

/** The current one where none is named; undefined where there is none. */
async function contextNamed(wanted: string | undefined, env: Environment): Promise<Named | undefined> {
  const path = configPath(env);
  const file = await readConfigFile(path);
  const name = wanted ?? file?.current;
  return name === undefined ? undefined : entryOf(name, file, path);
}

function entryOf(name: string, file: ConfigFile | undefined, path: string): Named {
  const entry = file && Object.hasOwn(file.contexts, name) ? file.contexts[name] : undefined;
  if (entry) return { ...entry, source: name, isContext: true };
  const known = Object.keys(file?.contexts ?? {});
  throw new OrcaError('malformed', `there is no context "${name}" in ${path}`, {
    hint: known.length > 0 ? `it has: ${known.join(', ')}` : `name one there, or set ORCA_API and ORCA_TOKEN`,
  });
}

async function credentialFor(api: string, named: Named, env: Environment): Promise<Credential | undefined> {
  const own = credentialOf(named.token, `context "${named.source}"`);
  if (own) return own;
  const given = isOfOrcaApi(api, env) ? credentialOf(env.token, 'ORCA_TOKEN') : undefined;
  return given ?? (named.isContext ? undefined : await writtenFor(api, env));
}

const isOfOrcaApi = (api: string, env: Environment): boolean => env.api !== undefined && isSameAddress(env.api, api);

/** What the configuration file has for this very address: the current context's, or the only one. */
async function writtenFor(api: string, env: Environment): Promise<Credential | undefined> {
  const file = await readConfigFile(configPath(env));
  const found = Object.entries(file?.contexts ?? {}).flatMap(([name, entry]) => {
    const credential = isSameAddress(entry.api, api) ? credentialOf(entry.token, `context "${name}"`) : undefined;
    return credential ? [{ name, credential }] : [];
  });
  const chosen = found.find(({ name }) => name === file?.current) ?? (found.length === 1 ? found[0] : undefined);
  return chosen?.credential;
}

function unsent(api: string, env: Environment): NoCredential {
  if (credentialOf(env.token, 'ORCA_TOKEN') === undefined || isOfOrcaApi(api, env)) return {};
  return { unsent: `ORCA_TOKEN is for the address in ORCA_API alone: set ORCA_API=${api} to send it there` };
}

/** @throws OrcaError `forbidden` where a token would be read on the way */
export function refuseReadable(api: string): void {
  if (isSafe(api)) return;
  throw new OrcaError('forbidden', `the token is not sent to ${api}: anyone on the way could read it`, {
    hint: 'use https://, or forward the port with ssh and use http://127.0.0.1:PORT',
  });
}
