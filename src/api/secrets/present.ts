import type { SecretBody, SecretUsage, SecretUse } from '../../contract/secrets.ts';
import { CLUSTER_SCOPE, type Secret } from '../../core/model/secret.ts';
import type { State } from '../../store/state.ts';
import { type Current, needs, servedIn, takes, versionIn, withCertificates } from './users.ts';

export const projectOf = (scope: string): string | null => (scope === CLUSTER_SCOPE ? null : scope);

/** Services that run with the secret. */
export const usersOf = (services: readonly Current[], scope: string, key: string): SecretUse[] =>
  services.flatMap(({ service: { project, name, revision }, revisions }) => {
    const newestFirst = [...revisions].sort((a, b) => Number(b.number === revision) - Number(a.number === revision));
    const [pinned] = newestFirst.flatMap((one) => versionIn(one, scope, key) ?? []);
    if (pinned !== undefined) return [{ project, service: name, version: pinned }];
    const [served] = newestFirst.flatMap((one) => servedIn(one, scope, key) ?? []);
    return served === undefined ? [] : [{ project, service: name, version: served, certificate: true }];
  });

/**
 * The same, with those that take it at their next deploy: it stands before the cluster's that they run with. One that also serves
 * it as a certificate is told as one that takes it.
 */
export const usersToBe = (services: readonly Current[], scope: string, keys: readonly string[]): SecretUse[] =>
  services.flatMap(({ service: { project, name, revision }, revisions }) => {
    const wanted = revisions.find(({ number }) => number === revision) ?? revisions[0];
    const key = keys.find((one) => wanted && takes(wanted, scope, one));
    const pin = key === undefined ? undefined : wanted?.spec.secrets?.[key];
    if (pin) return [{ project, service: name, version: pin.version }];
    const [served] = keys.flatMap((one) => (wanted && servedIn(wanted, scope, one)) ?? []);
    return served === undefined ? [] : [{ project, service: name, version: served, certificate: true }];
  });

export function presentSecret(
  { scope, key, latest, grants, updatedAt, updatedBy }: Secret,
  fingerprint: string,
  services: readonly Current[],
): SecretBody {
  return {
    key,
    project: projectOf(scope),
    version: latest,
    fingerprint,
    grant: [...grants],
    updated_at: updatedAt,
    updated_by: updatedBy,
    used_by: usersOf(services, scope, key),
  };
}

/** Every kept revision that runs with some version of it; of a certificate they all take the newest. */
export async function presentUsage(state: State, { scope, key }: Secret): Promise<SecretUsage> {
  const [{ records: versions }, { records: revisions }, { records: services }] = await Promise.all([
    state.secretVersions.listReadable(scope, key),
    state.revisions.listReadable(...(scope === CLUSTER_SCOPE ? [] : [scope])),
    state.services.listReadable(...(scope === CLUSTER_SCOPE ? [] : [scope])),
  ]);
  const current = new Set(
    services.flatMap(({ value: { project, name, revision, stable } }) =>
      [revision, stable].map((number) => `${project}/${name}/${number}`),
    ),
  );
  const using = (
    await withCertificates(
      state,
      revisions.map(({ value }) => value),
    )
  ).filter((one) => needs(one, scope, key));
  const newestFirst = versions.map(({ value }) => value).sort((a, b) => b.number - a.number);
  return {
    key,
    project: projectOf(scope),
    versions: newestFirst.map(({ number, fingerprint, revoked, createdAt, createdBy }) => ({
      version: number,
      fingerprint,
      revoked: revoked === true,
      created_at: createdAt,
      created_by: createdBy,
      used_by: using
        .filter((one) => [versionIn(one, scope, key), servedIn(one, scope, key)].includes(number))
        .map(({ project, service, number: revision }) => ({
          project,
          service,
          revision,
          current: current.has(`${project}/${service}/${revision}`),
        })),
    })),
  };
}
