// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the manifest's references

import { escapeTemplate, piecesOf } from '../core/model/schema/template.ts';

export type Env = Readonly<Record<string, string | undefined>>;

interface Substitution {
  /** The text with its `${env...}` replaced by what they stand for, escaped; other references are left for the server. */
  readonly text: string;
  readonly changed: boolean;
  /** References that stand for nothing. */
  readonly unset: readonly { readonly source: string; readonly name: string }[];
}

/** Replaces `${env.NAME}` and `${env.NAME:-default}`; the default also stands for an empty value, as in a shell. */
export function substituteEnv(text: string, env: Env): Substitution {
  if (!text.includes('${env.')) return { text, changed: false, unset: [] };
  const unset: { source: string; name: string }[] = [];
  const parts = piecesOf(text).map((piece) => {
    if (piece.kind === 'text') return piece.text;
    if (piece.kind === 'dollar') return '$$';
    if (piece.kind === 'malformed' || piece.namespace !== 'env') return piece.source;
    const value = Object.hasOwn(env, piece.name) ? env[piece.name] : undefined;
    if (piece.fallback !== undefined && !value) return piece.fallback;
    if (value === undefined) unset.push({ source: piece.source, name: piece.name });
    return escapeTemplate(value ?? '');
  });
  return { text: parts.join(''), changed: true, unset };
}

const ENV = /\$\{env\.([A-Za-z_][A-Za-z0-9_.-]*?)(?::-([^}]*))?\}/g;

/** The same in text that is no template: what is put in is not escaped, and nothing else in it is touched. */
export function substituteLiterally(text: string, env: Env): Pick<Substitution, 'text' | 'unset'> {
  const unset: { source: string; name: string }[] = [];
  const result = text.replaceAll(ENV, (source, name: string, fallback: string | undefined) => {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (fallback !== undefined && !value) return fallback;
    if (value === undefined) unset.push({ source, name });
    return value ?? '';
  });
  return { text: result, unset };
}

/** What an unquoted scalar means once its references are replaced: `port: ${env.PORT}` is a number. YAML 1.2.2, section 10.3.2. */
export function retype(text: string): string | number | boolean {
  if (/^[-+]?\d+$/.test(text) || /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(text)) return Number(text);
  return text === 'true' || text === 'false' ? text === 'true' : text;
}
