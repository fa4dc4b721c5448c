import { canonicalJson } from '../model/container-hash.ts';
import type { Deployment } from '../model/deployment.ts';
import type { Revision } from '../model/revision.ts';
import type { Service } from '../model/service.ts';

/** What is known of a service's past. */
export interface Past {
  readonly service: Service;
  /** Those that are kept. */
  readonly revisions: readonly Revision[];
  /** Of the service, those that are kept: they know of successes from before revisions told of their own. */
  readonly deployments: readonly Deployment[];
}

/** Numbers of the revisions that a deployment brought to success. */
export function succeededIn({ service, revisions, deployments }: Past): ReadonlySet<number> {
  const told = revisions.filter(({ succeededAt }) => succeededAt !== undefined).map(({ number }) => number);
  // A service that was purged and made anew counts its revisions from one again.
  const ended = deployments
    .filter(({ state, startedAt }) => state === 'succeeded' && startedAt >= service.createdAt)
    .map(({ to }) => to);
  return new Set([...told, ...ended, ...(service.stable === undefined ? [] : [service.stable])]);
}

/**
 * The revision that a rollback goes to unless one is named: the newest one that succeeded before the wanted one, and differs from
 * it. A revision that is an earlier one again counts as that one, so rollbacks in a row go further back and do not toggle.
 */
export function wayBack(past: Past): Revision | undefined {
  const { service, revisions } = past;
  const current = revisions.find(({ number }) => number === service.revision);
  const origin = originOf(service.revision, revisions);
  const good = succeededIn(past);
  return revisions
    .filter(({ number }) => number < origin && good.has(number))
    .filter((one) => current === undefined || !isSameAs(current, one))
    .sort((a, b) => b.number - a.number)[0];
}

/** The first revision that it is a copy of, as far back as they are kept. */
function originOf(number: number, revisions: readonly Revision[]): number {
  const of = revisions.find((one) => one.number === number)?.rollbackOf;
  return of === undefined || of >= number ? number : originOf(of, revisions);
}

const isSameAs = (a: Revision, b: Revision): boolean =>
  canonicalJson(a.spec) === canonicalJson(b.spec) && a.image?.digest === b.image?.digest;
