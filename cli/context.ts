import { join } from 'node:path';
import { OrcaError } from '../src/core/errors.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import type { Environment } from './environment.ts';
import { readUserFile } from './user-file.ts';

/** Which server, and with what credential. */
export interface Context {
  readonly api: string;
  readonly token: string | undefined;
  /** Where it comes from, for messages: `ORCA_API`, a context's name, `this machine`. */
  readonly source: string;
}

export interface ContextFlags {
  readonly api?: string | undefined;
  readonly context?: string | undefined;
  readonly data?: string | undefined;
}

const LOCAL_API = 'http://127.0.0.1:6880';

/**
 * Flags win over the environment, that over the configuration file; with none of them it is the server on this
 * machine, and its admin token is read from its data directory. That token is sent to loopback addresses only.
 */
export async function resolveContext(flags: ContextFlags, env: Environment): Promise<Context> {
  const named = await namedContext(flags, env);
  const api = normalise(named?.api ?? LOCAL_API);
  const ofContext = () => tokenOf(named?.token, `context "${named?.source}"`);
  const ofFlag = flags.context === undefined ? undefined : ofContext();
  const given = ofFlag ?? tokenOf(env.token, 'ORCA_TOKEN') ?? ofContext();
  const token = given ?? (isLoopback(api) ? await localToken(flags, env) : undefined);
  if (token !== undefined && !isSafe(api)) throw readable(api);
  return { api, token, source: named?.source ?? 'this machine' };
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

/** The admin token of the server on this machine; undefined where there is none or this user may not read it. */
async function localToken(flags: ContextFlags, env: Environment): Promise<string | undefined> {
  const named = flags.data ?? env.data;
  if (named !== undefined) return await adminToken(named);
  const own = join(env.home, '.local', 'share', 'orca');
  const directories = env.root ? ['/var/lib/orca', own] : [own, '/var/lib/orca'];
  for (const directory of directories) {
    const token = await adminToken(directory).catch(() => undefined);
    if (token !== undefined) return token;
  }
  return undefined;
}

async function adminToken(directory: string): Promise<string | undefined> {
  const path = join(directory, 'admin.token');
  return tokenOf(await readUserFile(path), path);
}

/**
 * As it can be sent: what keeps secrets often ends them with a line end.
 * @throws OrcaError `malformed` naming where it comes from, never what it is
 */
function tokenOf(text: string | undefined, source: string): string | undefined {
  const token = text?.trim() ?? '';
  if (token === '') return undefined;
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new OrcaError('malformed', `the token in ${source} has a character that no token has`, {
    hint: 'a token is one word of letters, digits, - and _',
  });
}
