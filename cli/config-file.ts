import { OrcaError } from '../src/core/errors.ts';
import { readUserFile } from './user-file.ts';

/** `~/.config/orca/config.yml`: the servers this user speaks to. */
export interface ConfigFile {
  /** The context used unless another is named. */
  readonly current?: string | undefined;
  readonly contexts: Readonly<Record<string, ContextEntry>>;
}

export interface ContextEntry {
  readonly api: string;
  readonly token?: string | undefined;
}

/** @throws OrcaError `malformed` naming the file and what is wrong in it; undefined when there is none */
export async function readConfigFile(path: string): Promise<ConfigFile | undefined> {
  const text = await readUserFile(path);
  if (text === undefined) return undefined;
  const { parse } = (await import('yaml')).default;
  return check(path, parsed(path, text, parse));
}

function parsed(path: string, text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw broken(path, cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : 'not YAML', cause);
  }
}

function check(path: string, value: unknown): ConfigFile {
  if (!isRecord(value)) throw broken(path, 'expected a mapping with `current` and `contexts`');
  const { current, contexts = {} } = value;
  if (current !== undefined && typeof current !== 'string') throw broken(path, '`current` is not a name');
  if (!isRecord(contexts)) throw broken(path, '`contexts` is not a mapping');
  const entries = Object.entries(contexts).map(([name, entry]) => [name, checkEntry(path, name, entry)] as const);
  return { current, contexts: Object.fromEntries(entries) };
}

function checkEntry(path: string, name: string, entry: unknown): ContextEntry {
  if (!isRecord(entry) || typeof entry['api'] !== 'string')
    throw broken(path, `context "${name}" has no \`api\` address`);
  const { api, token } = entry;
  if (token !== undefined && typeof token !== 'string')
    throw broken(path, `the token of context "${name}" is not a text`);
  return { api: String(api), token };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const broken = (path: string, why: string, cause?: unknown): OrcaError =>
  new OrcaError('malformed', `cannot use ${path}: ${why}`, {
    cause,
    hint: 'it looks like: `contexts: {prod: {api: https://orca.example.com, token: ...}}` and `current: prod`',
  });
