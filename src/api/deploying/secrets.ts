import { OrcaError } from '../../core/errors.ts';
import { formatPath } from '../../core/model/schema/issue.ts';
import { CLUSTER_SCOPE, type Secret, type SecretPins, scopeOf } from '../../core/model/secret.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import { type KnownSecrets, pinSecrets } from '../../core/secrets/pins.ts';
import { type SecretReference, secretReferences } from '../../core/secrets/references.ts';
import type { State } from '../../store/state.ts';
import { warningOf } from './warning.ts';

/** A spec with the versions of its secrets. */
export interface Pinning {
  readonly spec: ServiceSpec;
  readonly warnings: readonly string[];
}

/**
 * Chooses the version of each secret that a spec refers to. Their values are not looked at.
 *
 * @param kept versions that stay where they can; without it the newest are taken
 * @throws OrcaError `invalid` for a secret that the project does not have
 */
export async function withSecrets(state: State, spec: ServiceSpec, kept: SecretPins = {}): Promise<Pinning> {
  const references = secretReferences(spec);
  if (references.length === 0) return { spec: withoutPins(spec), warnings: [] };
  const known = await readKnown(state, spec, references, kept);
  const { secrets, missing, renewed } = pinSecrets(spec, known, kept);
  const [first] = missing;
  if (first) throw notSet(spec, first, missing);
  const warnings = renewed.map(({ key, from, to }) =>
    warningOf(
      spec,
      `version ${from.version} of the secret ${key} is revoked or removed, version ${to.version} is used`,
    ),
  );
  return { spec: { ...withoutPins(spec), ...(secrets && { secrets }) }, warnings };
}

const withoutPins = ({ secrets: _, ...spec }: ServiceSpec): ServiceSpec => spec;

async function readKnown(
  state: State,
  { project }: ServiceSpec,
  references: readonly SecretReference[],
  kept: SecretPins,
): Promise<KnownSecrets> {
  const heads = new Map<string, Secret>();
  const usable = new Set<string>();
  for (const key of new Set(references.map((reference) => reference.key))) {
    for (const scope of [project, CLUSTER_SCOPE]) {
      const head = await state.secrets.get(scope, key);
      if (head) heads.set(state.secrets.key(scope, key), head.value);
    }
    const pin = Object.hasOwn(kept, key) ? kept[key] : undefined;
    const version = pin && (await state.secretVersions.get(scopeOf(pin, project), key, pin.version));
    if (version && !version.value.revoked) usable.add(version.key);
  }
  return {
    find: (scope, key) => heads.get(state.secrets.key(scope, key)),
    isUsable: (scope, key, version) => usable.has(state.secretVersions.key(scope, key, version)),
  };
}

/** One of them was taken away since: had it been written down, no container could be made of it. */
export async function requireSecrets(state: State, { project, secrets = {} }: ServiceSpec): Promise<void> {
  for (const [key, pin] of Object.entries(secrets)) {
    if (await state.secretVersions.get(scopeOf(pin, project), key, pin.version)) continue;
    throw new OrcaError('conflict', `the secret ${key} was removed meanwhile`, { hint: 'deploy it again' });
  }
}

function notSet({ project }: ServiceSpec, { key, path }: SecretReference, all: readonly SecretReference[]): OrcaError {
  const keys = [...new Set(all.map((one) => one.key))];
  const more = keys.length > 1 ? ` (and ${keys.length - 1} more: ${keys.slice(1, 10).join(', ')})` : '';
  return new OrcaError(
    'invalid',
    `${formatPath(path)}: the secret ${key} is not set in the project ${project}${more}`,
    {
      hint: `set it with: orca secrets set ${key} --project ${project}`,
      details: { path: formatPath(path), keys: keys.slice(0, 100) },
    },
  );
}
