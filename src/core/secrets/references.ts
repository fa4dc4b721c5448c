import { piecesOf } from '../model/schema/template.ts';
import type { ServiceSpec } from '../model/service-spec.ts';

/** Where in a service a secret is referred to: `env.DATABASE_URL`, `files[0].secret`. */
export interface SecretReference {
  readonly key: string;
  readonly path: readonly (string | number)[];
}

type Referring = Pick<ServiceSpec, 'env' | 'files'>;

/** Every reference to a secret, in the spec's order. */
export const secretReferences = ({ env, files = [] }: Referring): readonly SecretReference[] => [
  ...Object.entries(env).flatMap(([name, template]) => keysIn(template).map((key) => ({ key, path: ['env', name] }))),
  ...files.flatMap(({ secret }, i) => (secret === undefined ? [] : [{ key: secret, path: ['files', i, 'secret'] }])),
];

function keysIn(template: string): readonly string[] {
  if (!template.includes('${')) return [];
  return piecesOf(template).flatMap((piece) =>
    piece.kind === 'reference' && piece.namespace === 'secrets' ? [piece.name] : [],
  );
}
