import type { z } from 'zod';
import { ourWordFor, whyForbidden } from './forbidden.ts';
import { type Finding, type KeyPath, type SpecIssue, show } from './issue.ts';
import { didYouMean } from './nearest.ts';
import { keysOf, schemaAt } from './walk-schema.ts';

type Raw = z.core.$ZodIssue;

/** What zod found, in orca's words: what was expected, what was found, what was probably meant. */
export function explain(schema: z.ZodType, issues: readonly Raw[], base: KeyPath = []): Finding[] {
  return issues.flatMap((issue) => explainOne(schema, issue, base));
}

function explainOne(schema: z.ZodType, issue: Raw, base: KeyPath): Finding[] {
  const path = [...base, ...(issue.path as KeyPath)];
  switch (issue.code) {
    case 'unrecognized_keys':
      return explainKeys(issue.keys, Object.keys(keysOf(schemaAt(schema, issue.path as KeyPath) ?? schema)), path);
    case 'invalid_union':
      return explainUnion(schema, issue, base);
    case 'invalid_key':
      return [{ path, words: () => ({ path, ...explainValue(issue.issues[0] ?? issue, path.at(-1)), atKey: true }) }];
    default:
      return [{ path, words: () => ({ path, ...explainValue(issue, issue.input) }) }];
  }
}

export const explainKeys = (keys: readonly string[], known: readonly string[], parent: KeyPath): Finding[] =>
  keys.map((key) => ({ path: [...parent, key], words: () => explainKey(key, known, parent) }));

/** An unknown key: one of another tool's that is refused on purpose, one that is called otherwise here, or a slip. */
export function explainKey(key: string, known: readonly string[], parent: KeyPath): SpecIssue {
  const path = [...parent, key];
  const reason = whyForbidden(key);
  if (reason !== undefined && !known.includes(key))
    return { path, message: `\`${key}\` is not allowed: ${reason}`, atKey: true };
  const ours = ourWordFor(key);
  const hint = ours !== undefined && known.includes(ours) ? `did you mean ${ours}?` : didYouMean(key, known);
  return {
    path,
    message: `unknown key \`${key}\``,
    hint: hint ?? (known.length > 0 && known.length <= 12 ? `expected ${known.join(', ')}` : undefined),
    atKey: true,
  };
}

/** Only the branch whose kind of value was written is worth telling; if there is none, what all of them expected. */
function explainUnion(schema: z.ZodType, issue: Extract<Raw, { code: 'invalid_union' }>, base: KeyPath): Finding[] {
  const branch = issue.errors.find((errors) => !errors.some(isOtherKind));
  const path = [...base, ...(issue.path as KeyPath)];
  if (!branch) return [{ path, words: () => ({ path, ...explainValue(issue, issue.input) }) }];
  return branch.flatMap((each) => explainOne(schema, { ...each, path: [...issue.path, ...each.path] }, base));
}

const isOtherKind = (issue: Raw): boolean =>
  issue.path.length === 0 &&
  (issue.code === 'invalid_type' ||
    (issue.code === 'invalid_value' && issue.input !== undefined && typeof issue.input !== 'string') ||
    (issue.code === 'invalid_union' && issue.errors.every((errors) => errors.some(isOtherKind))));

function explainValue(issue: Raw, found: unknown): { message: string; hint?: string | undefined } {
  const expected = expectation(issue);
  const message = found === undefined ? `missing: ${expected}` : withFound(expected, found);
  return { message, hint: hintOf(issue, found) };
}

const KINDS: Readonly<Record<string, string>> = {
  object: 'expected a map',
  record: 'expected a map',
  array: 'expected a list',
};

const expectation = (issue: Raw): string =>
  issue.code === 'invalid_type' && issue.message.startsWith('Invalid')
    ? (KINDS[issue.expected] ?? issue.message)
    : issue.message;

const withFound = (message: string, found: unknown): string =>
  message.startsWith('expected ') ? `${message}, found ${show(found)}` : message;

const WORDS: Readonly<Record<string, string>> = {
  no: 'never',
  'unless-stopped': 'always',
  on_failure: 'on-failure',
  ifnotpresent: 'auto',
  missing: 'auto',
};

function hintOf(issue: Raw, found: unknown): string | undefined {
  if (issue.code === 'custom') return issue.params?.['hint'];
  if (issue.code === 'invalid_union')
    return issue.errors
      .flat()
      .map((each) => hintOf(each, found))
      .find((hint) => hint !== undefined);
  if (typeof found !== 'string') return undefined;
  if (issue.code === 'invalid_value') {
    const words = issue.values.map(String);
    const known = WORDS[found.toLowerCase()];
    return known !== undefined && words.includes(known) ? `did you mean ${known}?` : didYouMean(found, words);
  }
  if (issue.code !== 'invalid_type') return undefined;
  if (issue.expected === 'boolean') return booleanHint(found);
  return /^-?\d+(\.\d+)?$/.test(found) ? `a number is written without quotes: ${found}` : undefined;
}

function booleanHint(found: string): string | undefined {
  if (/^(yes|on|y|true)$/i.test(found)) return 'did you mean true?';
  return /^(no|off|n|false)$/i.test(found) ? 'did you mean false?' : undefined;
}
