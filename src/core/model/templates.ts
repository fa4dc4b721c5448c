import { OrcaError } from '../errors.ts';
import { type Piece, piecesOf } from './schema/template.ts';

/**
 * The free text of a spec. It is kept as templates, in the API, in the store and in what a plan shows: `$$` is a dollar,
 * `${namespace.name}` a reference. Text that only looks like one (`$${secrets.KEY}`) so never becomes one. All other text of
 * a spec is literal.
 */
interface Templates {
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly command?: readonly string[] | undefined;
  readonly entrypoint?: readonly string[] | undefined;
}

/** The same with each template changed. */
export const mapTemplates = <T extends Templates>(spec: T, change: (text: string) => string): T => ({
  ...spec,
  env: mapValues(spec.env, change),
  labels: mapValues(spec.labels, change),
  ...(spec.command && { command: spec.command.map(change) }),
  ...(spec.entrypoint && { entrypoint: spec.entrypoint.map(change) }),
});

/** Values of secrets by their keys. */
export type SecretValues = ReadonlyMap<string, string>;

/**
 * What a template stands for, where the container is made.
 *
 * @param secrets those that it refers to
 * @throws OrcaError `not_yet_supported` for any other reference
 */
export function textOf(template: string, secrets: SecretValues = NO_SECRETS): string {
  if (!template.includes('$')) return template;
  return piecesOf(template)
    .map((piece) => textOfPiece(piece, secrets))
    .join('');
}

const NO_SECRETS: SecretValues = new Map();

/** As a template: the text itself, whatever is in it. */
export const literal = (text: string): string => text.replaceAll('$', '$$$$');

/** For the container's hash: the text itself, as versions hashed it that stored no templates, unless a reference is in it. */
export const identityOf = (template: string): string | { readonly template: string } =>
  template.includes('${') && piecesOf(template).some(isReference) ? { template } : textOf(template);

function textOfPiece(piece: Piece, secrets: SecretValues): string {
  if (piece.kind === 'text') return piece.text;
  if (piece.kind === 'dollar') return '$';
  if (piece.kind === 'reference' && piece.namespace === 'secrets') {
    const value = secrets.get(piece.name);
    if (value !== undefined) return value;
  }
  throw new OrcaError('not_yet_supported', `${piece.source} is not yet supported`);
}

const isReference = ({ kind }: Piece): boolean => kind === 'reference' || kind === 'malformed';

const mapValues = <V>(map: Readonly<Record<string, string>>, change: (text: string) => V): Record<string, V> =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
