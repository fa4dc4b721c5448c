// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the manifest's references

import { namesPush } from '../pushed-image.ts';
import { isSecretKey } from '../secret.ts';
import type { KeyPath, Report, SpecIssue } from './issue.ts';
import { escapeTemplate, explainMalformed, type Piece, piecesOf } from './template.ts';

const MAX_DEPTH = 32;
/** Longer than any key there is; more is not repeated in an error. */
const MAX_KEY = 300;
/** In a whole tree. Each is a piece of its own to look at. */
const MAX_DOLLARS = 25_000;

/**
 * A tree as it came over the wire, made fit for the schema: own plain objects, text whose references are resolved.
 * Refuses what no value may hold: nesting without end, `__proto__`, NUL, broken Unicode, unresolved references.
 */
export function resolveTree(root: unknown, report: Report<SpecIssue>): unknown {
  return resolve(root, [], report.add, { left: MAX_DOLLARS });
}

/** Dollars that may still come. */
interface Dollars {
  left: number;
}

type Tell = (issue: SpecIssue) => void;

function resolve(value: unknown, path: KeyPath, report: Tell, dollars: Dollars): unknown {
  if (typeof value === 'string') return resolveText(value, path, report, dollars);
  if (typeof value !== 'object' || value === null) return value;
  if (path.length >= MAX_DEPTH) {
    report({ path, message: `nested more than ${MAX_DEPTH} deep` });
    return null;
  }
  if (Array.isArray(value)) return value.map((item, i) => resolve(item, [...path, i], report, dollars));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => isKey(key, path, report))
      .map(([key, child]) => [key, resolve(child, [...path, key], report, dollars)]),
  );
}

/** A name that the language itself gives a meaning is never a key. */
function isKey(key: string, path: KeyPath, report: Tell): boolean {
  if (key.length > MAX_KEY) {
    report({ path, message: `a key of more than ${MAX_KEY} characters` });
    return false;
  }
  const message = key === '__proto__' ? 'unknown key `__proto__`' : describeText(key);
  if (message !== undefined) report({ path: [...path, key], message, atKey: true });
  return message === undefined;
}

function describeText(text: string): string | undefined {
  if (text.includes('\0')) return 'text with a NUL character in it';
  return text.isWellFormed() ? undefined : 'text with half a character in it (a lone surrogate)';
}

function resolveText(text: string, path: KeyPath, report: Tell, dollars: Dollars): string {
  const problem = describeText(text);
  if (problem !== undefined) report({ path, message: problem });
  if (!text.includes('$') || isFileContent(path) || !pay(text, path, report, dollars)) return text;
  const isTemplate = isEnv(path);
  return piecesOf(text)
    .map((piece) => {
      if (isPush(piece, path) || (isTemplate && isSecret(piece))) return piece.source;
      const literal = resolvePiece(piece, path, report);
      return isTemplate ? escapeTemplate(literal) : literal;
    })
    .join('');
}

/** The content of a file is what it is. */
const isFileContent = (path: KeyPath): boolean =>
  path.length === 5 && path[0] === 'services' && path[2] === 'files' && path[4] === 'content';

/** Values of `env` stay templates: what a secret stands for is known where the container is made. */
const isEnv = (path: KeyPath): boolean => path.length === 4 && path[0] === 'services' && path[2] === 'env';

const isSecret = (piece: Piece): piece is Extract<Piece, { kind: 'reference' }> =>
  piece.kind === 'reference' &&
  piece.namespace === 'secrets' &&
  piece.fallback === undefined &&
  isSecretKey(piece.name);

/** False once there are more dollars than may be, which is said once. */
function pay(text: string, path: KeyPath, report: Tell, dollars: Dollars): boolean {
  if (dollars.left < 0) return false;
  for (let at = text.indexOf('$'); at >= 0 && dollars.left >= 0; at = text.indexOf('$', at + 1)) dollars.left -= 1;
  if (dollars.left < 0) report({ path, message: `more than ${MAX_DOLLARS} dollar signs up to here` });
  return dollars.left >= 0;
}

/** Left as it is in a service's `image`: what it stands for is known when it is deployed. */
const isPush = (piece: Piece, path: KeyPath): piece is Extract<Piece, { kind: 'reference' }> =>
  piece.kind === 'reference' && path.length === 3 && path[2] === 'image' && namesPush(piece.source);

function resolvePiece(piece: Piece, path: KeyPath, report: Tell): string {
  if (piece.kind === 'text') return piece.text;
  if (piece.kind === 'dollar') return '$';
  report({
    path,
    ...(piece.kind === 'malformed' ? explainMalformed(piece.source) : explainReference(piece, path)),
  });
  return '';
}

type Reference = Extract<Piece, { kind: 'reference' }>;

function explainReference(reference: Reference, path: KeyPath): { message: string; hint: string } {
  const { namespace, source } = reference;
  if (namespace === 'secrets') return explainSecret(reference, path);
  if (namespace === 'env') {
    return { message: `${source} is only read where the CLI runs`, hint: 'send the value itself' };
  }
  if (namespace === 'push') {
    const hint = 'write it as the tag, or a part of it: acme/web:${push.sha}';
    return { message: `${source} stands only in \`image\`, as \${push.sha} or \${push.sha:-main}`, hint };
  }
  return { message: `unknown namespace in ${source}`, hint: `there are \${env.NAME} and \${secrets.NAME}` };
}

function explainSecret({ source, name, fallback }: Reference, path: KeyPath): { message: string; hint: string } {
  if (path.includes('command') || path.includes('entrypoint')) {
    const hint = 'set it in `env`, or give the program a file with `files`';
    return { message: `${source} would be a process argument, which everyone on the machine can read`, hint };
  }
  if (!isEnv(path)) {
    const hint = 'move it there; a file that is a secret has `secret: KEY`';
    return { message: `${source} stands only in values of \`env\``, hint };
  }
  if (fallback !== undefined) {
    return { message: `${source}: a secret has no default`, hint: `write \${secrets.${name.slice(0, 128)}}` };
  }
  return { message: `${source} names no secret`, hint: 'a key has letters, digits, _, . and -, at most 128' };
}
