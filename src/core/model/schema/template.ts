/** A piece of text that may hold references: `${namespace.name}`, `${namespace.name:-fallback}`, and `$$` for a dollar. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'dollar' }
  | {
      readonly kind: 'reference';
      readonly source: string;
      readonly namespace: string;
      readonly name: string;
      readonly fallback?: string | undefined;
    }
  | { readonly kind: 'malformed'; readonly source: string };

const SPECIAL = /\$\$|\$\{[^}]*\}?/g;
const REFERENCE = /^\$\{([A-Za-z]+)\.([A-Za-z_][A-Za-z0-9_.-]*?)(?::-([^}]*))?\}$/;

export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(SPECIAL)) {
    if (match.index > end) pieces.push({ kind: 'text', text: text.slice(end, match.index) });
    pieces.push(match[0] === '$$' ? { kind: 'dollar' } : reference(match[0]));
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ kind: 'text', text: text.slice(end) });
  return pieces;
}

/** Text that stands for itself: every dollar doubled. */
export const escapeTemplate = (text: string): string => text.replaceAll('$', () => '$$');

/** What is wrong with a reference that is none, and what was probably meant. */
export function explainMalformed(source: string): { message: string; hint: string } {
  const bare = /^\$\{([A-Za-z_]\w*)((?::?[-?+=])[^}]*)?\}$/.exec(source);
  if (bare) {
    const fallback = bare[2] === undefined ? '' : `:-${bare[2].replace(/^:?[-?+=]/, '')}`;
    return { message: `${source} names no namespace`, hint: `did you mean \${env.${bare[1]}${fallback}}?` };
  }
  const open = source.endsWith('}')
    ? `${shorten(source)} is not a reference`
    : `the reference ${shorten(source)} is not closed`;
  return { message: open, hint: `write \${env.NAME}, \${env.NAME:-default}, or $$ for a dollar` };
}

const shorten = (source: string): string => (source.length > 40 ? `${source.slice(0, 37)}...` : source);

function reference(source: string): Piece {
  const [, namespace, name, fallback] = REFERENCE.exec(source) ?? [];
  if (namespace === undefined || name === undefined) return { kind: 'malformed', source };
  return { kind: 'reference', source, namespace, name, fallback };
}
