import { isEnvName } from '../core/model/schema/env.ts';

export interface EnvFileIssue {
  readonly line: number;
  readonly message: string;
}

export interface EnvFile {
  readonly values: Readonly<Record<string, string>>;
  readonly issues: readonly EnvFileIssue[];
}

/** Bytes of one file, at most. */
export const MAX_ENV_FILE = 1024 * 1024;

const ASSIGNMENT = /^\s*(?:export\s+)?([^\s=]+)\s*=\s*(.*)$/;

/**
 * `NAME=value` lines: `#` comments, `export`, 'literal' and "escaped" quotes on one line. Nothing is expanded and
 * nothing run; the last assignment of a name wins.
 */
export function parseEnvFile(text: string): EnvFile {
  const values = new Map<string, string>();
  const issues: EnvFileIssue[] = [];
  for (const [i, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name, rest = ''] = ASSIGNMENT.exec(line) ?? [];
    const value = readValue(rest.trimEnd());
    if (name === undefined || !isEnvName(name)) issues.push({ line: i + 1, message: 'expected NAME=value' });
    else if (value === undefined)
      issues.push({ line: i + 1, message: `the quote around the value of ${name} is not closed` });
    else values.set(name, value);
  }
  return { values: Object.fromEntries(values), issues };
}

function readValue(written: string): string | undefined {
  const quote = written.charAt(0);
  if (quote === "'") return /^'([^']*)'\s*(?:#.*)?$/.exec(written)?.[1];
  if (quote === '"') return unescaped(/^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(written)?.[1]);
  return withoutComment(written);
}

/** A comment begins the value or follows a blank. Each sign is looked at once, however many blanks stand in a row. */
function withoutComment(written: string): string {
  const start = written.search(/(?<!\S)#/);
  return start < 0 ? written : written.slice(0, start).trimEnd();
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

const unescaped = (text: string | undefined): string | undefined =>
  text?.replaceAll(/\\(.)/g, (_, char: string) => ESCAPES[char] ?? char);
