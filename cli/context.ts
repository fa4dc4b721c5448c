import { join } from 'node:path';
import { OrcaError } from '../src/core/errors.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import type { Environment } from './environment.ts';
import { type Credential, credentialOf, localCredential, type NoCredential } from './token.ts';

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

const LOCAL_API = 'http://127.0.0.1:6880';
const NONE: NoCredential = { unreadable: [] };

/**
 * Flags win over the environment, that over the configuration file; with none of them it is the server on this
 * machine, and its admin token is read from its data directory. That token is sent to loopback addresses only.
 */
export async function resolveContext(flags: ContextFlags, env: Environment): Promise<Context> {
  const named = await namedContext(flags, env);
  const api = normalise(named?.api ?? LOCAL_API);
  const ofContext = () => credentialOf(named?.token, `context "${named?.source}"`);
  const ofFlag = flags.context === undefined ? undefined : ofContext();
  const given = ofFlag ?? credentialOf(env.token, 'ORCA_TOKEN') ?? ofContext();
  const credential = given ?? (isLoopback(api) ? await localCredential(flags.data ?? env.data, env) : NONE);
  if (credential.token !== undefined && !isSafe(api)) throw readable(api);
  return { api, token: credential.token, credential, source: named?.source ?? 'this machine' };
}

type Named = { readonly api: string; readonly token?: string | undefined; readonly source: string };

async function namedContext(flags: ContextFlags, env: Environment): Promise<Named | undefined> {
  if (flags.api !== undefined) return { api: flags.api, source: '--api' };
  if (flags.context === undefined && flags.data !== undefined && env.api === undefined) return undefined;
  if (flags.context === undefined && env.api !== undefined) return { api: env.api, source: 'ORCA_API' };
  const path = join(env.configHome, 'orca', 'config.yml');
  const file = await readConfigFile(path);
  const name = flags.context ?? env.context ?? file?.current;
  return name === undefined ? undefined : entryOf(name, file, path);
}

function entryOf(name: string, file: ConfigFile | undefined, path: string): Named {
  const entry = file?.contexts[name];
  if (entry) return { ...entry, source: name };
  const known = Object.keys(file?.contexts ?? {});
  throw new OrcaError('malformed', `there is no context "${name}" in ${path}`, {
    hint: known.length > 0 ? `it has: ${known.join(', ')}` : `name one there, or set ORCA_API and ORCA_TOKEN`,
  });
}

function normalise(api: string): string {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(api) ? api : `http://${api}`);
  if (url?.protocol === 'ssh:') {
    throw new OrcaError('not_yet_supported', `${api}: addresses with ssh:// are not yet supported`, {
      hint: 'forward the port with `ssh -L 6880:127.0.0.1:6880 HOST`, and set ORCA_API=http://127.0.0.1:6880',
    });
  }
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url.href.replace(/\/$/, '');
  throw new OrcaError('malformed', `"${api}" is not an address of a server`, {
    hint: 'it looks like http://127.0.0.1:6880 or https://orca.example.com',
  });
}

const isLoopback = (api: string): boolean => /^(127\.[\d.]+|\[::1\]|localhost)$/.test(new URL(api).hostname);
const isSafe = (api: string): boolean => isLoopback(api) || api.startsWith('https:');

const readable = (api: string): OrcaError =>
  new OrcaError('forbidden', `the token is not sent to ${api}: anyone on the way could read it`, {
    hint: 'use https://, or forward the port with ssh and use http://127.0.0.1:PORT',
  });
