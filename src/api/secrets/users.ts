import type { Revision } from '../../core/model/revision.ts';
import { CLUSTER_SCOPE, scopeOf } from '../../core/model/secret.ts';
import type { Service } from '../../core/model/service.ts';
import { ifReadable } from '../../store/if-readable.ts';
import type { State } from '../../store/state.ts';

/** A service with the revisions that count now: the one that is wanted, the one that serves. */
export interface Current {
  readonly service: Service;
  readonly revisions: readonly Revision[];
}

/** Every service of a scope: all of them for the cluster's. Those whose revisions have no secrets are left out. */
export async function servicesWithSecrets(state: State, scope: string): Promise<readonly Current[]> {
  const { records } = await state.services.listReadable(...(scope === CLUSTER_SCOPE ? [] : [scope]));
  const all: Current[] = [];
  for (const { value: service } of records) {
    const { project, name, revision, stable = revision } = service;
    const read = await Promise.all(
      [...new Set([revision, stable])].map((number) => ifReadable(state.revisions.get(project, name, number))),
    );
    const revisions = read.flatMap((stored) => (stored?.value.spec.secrets ? [stored.value] : []));
    if (revisions.length > 0) all.push({ service, revisions });
  }
  return all;
}

/** The version of a secret of this scope that a revision runs with. */
export function versionIn({ project, spec }: Revision, scope: string, key: string): number | undefined {
  const pin = Object.hasOwn(spec.secrets ?? {}, key) ? spec.secrets?.[key] : undefined;
  return pin && scopeOf(pin, project) === scope ? pin.version : undefined;
}

/**
 * Whether a revision takes the newest version of a secret of this scope once it is deployed again: a project's comes before the
 * cluster's that it may run with.
 */
export const takes = (revision: Revision, scope: string, key: string): boolean =>
  scope === CLUSTER_SCOPE
    ? versionIn(revision, scope, key) !== undefined
    : Object.hasOwn(revision.spec.secrets ?? {}, key);
