import type { Revision } from '../model/revision.ts';
import { scopeOf } from '../model/secret.ts';

/** A version of a secret, as text: `shop/DB_PASSWORD/3`. */
export const versionId = (scope: string, key: string, version: number): string => `${scope}/${key}/${version}`;

/** The versions that these revisions run with. */
export const versionsOf = (revisions: Iterable<Pick<Revision, 'project' | 'spec'>>): ReadonlySet<string> =>
  new Set(
    [...revisions].flatMap(({ project, spec }) =>
      Object.entries(spec.secrets ?? {}).map(([key, pin]) => versionId(scopeOf(pin, project), key, pin.version)),
    ),
  );
