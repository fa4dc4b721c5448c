import type { Revision } from '../../core/model/revision.ts';
import { CLUSTER_SCOPE, type SecretPins, scopeOf } from '../../core/model/secret.ts';
import type { Service } from '../../core/model/service.ts';
import { ifReadable } from '../../store/if-readable.ts';
import type { State } from '../../store/state.ts';
import { certificatePins } from './certificate-pins.ts';

/** A revision with the versions of the secrets that its domains' own certificate lies in: the newest, not what it was deployed with. */
export interface Using extends Revision {
  readonly certificate: SecretPins;
}

/** A service with the revisions that count now: the one that is wanted, the one that serves. */
export interface Current {
  readonly service: Service;
  readonly revisions: readonly Using[];
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
    const some = read.flatMap((stored) => (stored && usesSecrets(stored.value) ? [stored.value] : []));
    const revisions = await withCertificates(state, some);
    if (revisions.length > 0) all.push({ service, revisions });
  }
  return all;
}

const usesSecrets = ({ spec }: Revision): boolean => spec.secrets !== undefined || spec.tls?.mode === 'own';

export const withCertificates = (state: State, revisions: readonly Revision[]): Promise<readonly Using[]> =>
  Promise.all(revisions.map(async (one) => ({ ...one, certificate: await certificatePins(state, one.spec) })));

/** The version of a secret of this scope that the tasks of a revision run with. */
export const versionIn = ({ project, spec }: Revision, scope: string, key: string): number | undefined =>
  pinnedIn(spec.secrets ?? {}, project, scope, key);

/** The version of a secret of this scope that the certificate of a revision's domains lies in. */
export const servedIn = ({ project, certificate }: Using, scope: string, key: string): number | undefined =>
  pinnedIn(certificate, project, scope, key);

/** A revision needs the secret, in whatever version. */
export const needs = (revision: Using, scope: string, key: string): boolean =>
  versionIn(revision, scope, key) !== undefined || servedIn(revision, scope, key) !== undefined;

function pinnedIn(pins: SecretPins, project: string, scope: string, key: string): number | undefined {
  const pin = Object.hasOwn(pins, key) ? pins[key] : undefined;
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
