import { readFileSync } from 'node:fs';
import { Document, isCollection, isMap, isNode, isScalar, isSeq, LineCounter, type Pair, parseDocument } from 'yaml';
import { didYouMean } from '../core/model/schema/nearest.ts';
import type { Path } from './misfits.ts';
import type { Given, Source } from './resolve.ts';
import { type Role, SETTINGS, type Setting, type SettingKey } from './settings.ts';

export interface SettingsFile {
  readonly source: Source;
  readonly problems: readonly string[];
}

/** Where the settings of a process are looked for unless told otherwise. */
export const standardFile = (role: Role): string =>
  role === 'server' || role === 'ingress' ? '/etc/orca/server.yml' : '/etc/orca/agent.yml';

interface Wish {
  readonly role: Role;
  readonly mayBeMissing: boolean;
}

/** server.yml, agent.yml: nested keys (`log: {level: debug}`) or dotted ones (`log.level: debug`). Every problem names its line. */
export const readSettingsFile = (path: string, { role, mayBeMissing }: Wish): SettingsFile => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (mayBeMissing && (error as NodeJS.ErrnoException).code === 'ENOENT') return parseSettings(path, '', role);
    return { source: none, problems: [`${path}: cannot be read: ${(error as Error).message}`] };
  }
  return parseSettings(path, text, role);
};

const none: Source = () => undefined;

const parseSettings = (path: string, text: string, role: Role): SettingsFile => {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const place = (offset: number): string => {
    const { line, col } = lineCounter.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const problems = document.errors.map((error) => `${place(error.pos[0])}: ${error.message}`);
  const found = new Map<string, Given>();
  if (problems.length === 0 && document.contents !== null) {
    collect(document.contents, '', { found, problems, place, known: keysOf(role) });
  }
  return { source: (key) => found.get(key), problems };
};

interface Collecting {
  readonly found: Map<string, Given>;
  readonly problems: string[];
  readonly place: (offset: number) => string;
  readonly known: readonly string[];
}

const collect = (node: unknown, prefix: string, into: Collecting): void => {
  if (!isMap(node)) {
    into.problems.push(`${into.place(startOf(node))}: expected keys with values`);
    return;
  }
  for (const pair of node.items) collectPair(pair, prefix, into);
};

const collectPair = ({ key: keyNode, value }: Pair, prefix: string, into: Collecting): void => {
  const key = `${prefix}${isScalar(keyNode) ? String(keyNode.value) : '?'}`;
  const place = into.place(startOf(keyNode));
  const isGroup = into.known.some((known) => known.startsWith(`${key}.`));
  if (isMap(value) && isGroup) collect(value, `${key}.`, into);
  else if (!into.known.includes(key)) into.problems.push(`${place}: ${unknown(key, into.known)}`);
  else if (into.found.has(key)) into.problems.push(`${place}: ${key}: given twice`);
  else if (isStructured(key)) into.found.set(key, structured(key, value, place, into.place));
  else {
    const text = textOf(value);
    if (text === undefined) into.problems.push(`${place}: ${key}: expected a value or a list of values`);
    else into.found.set(key, { text, place: `${place}: ${key}` });
  }
};

/** The data plane reads the server's file, whose other keys are none of its matter. */
const keysOf = (role: Role): readonly string[] =>
  (Object.keys(SETTINGS) as SettingKey[]).filter((key) => {
    const { flagOnly, roles } = SETTINGS[key] as Setting;
    return !flagOnly && roles.includes(role === 'ingress' ? 'server' : role);
  });

const unknown = (key: string, known: readonly string[]): string => {
  const hint = didYouMean(key, known);
  return `${key}: not known${hint === undefined ? '' : `; ${hint}`}`;
};

const textOf = (node: unknown): string | undefined => {
  if (isSeq(node)) {
    const items = node.items.map((item) => (isScalar(item) ? String(item.value ?? '') : undefined));
    return items.includes(undefined) ? undefined : items.join(',');
  }
  // as it was written: 0755, 1e3 and yes stay text
  if (isScalar(node)) return node.source ?? String(node.value ?? '');
  return undefined;
};

const isStructured = (key: string): boolean => (SETTINGS[key as SettingKey] as Setting).fileOnly === true;

/** As JSON, each part of which can be found again. */
function structured(key: string, node: unknown, place: string, placeAt: Collecting['place']): Given {
  const value = isNode(node) ? node.toJS(new Document()) : null;
  const placeWithin = (path: Path): string => {
    const words = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
    const at = nodeAt(node, path);
    return at === undefined ? `${place}${words}` : `${placeAt(startOf(at))}: ${key}${words}`;
  };
  return { text: JSON.stringify(value), place: `${place}: ${key}`, placeWithin };
}

/** The innermost that is there. */
function nodeAt(node: unknown, path: Path): unknown {
  const inner = isCollection(node) && path.length > 0 ? node.getIn([path[0]], true) : undefined;
  return inner === undefined || inner === null ? node : nodeAt(inner, path.slice(1));
}

const startOf = (node: unknown): number => {
  const range = (node as { range?: readonly number[] | null } | null)?.range;
  return range?.[0] ?? 0;
};
