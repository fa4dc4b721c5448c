import { CLUSTER_SCOPE, type Secret, type SecretPin, type SecretPins } from '../model/secret.ts';
import type { ServiceSpec } from '../model/service-spec.ts';
import { type SecretReference, secretReferences } from './references.ts';

/** What is known of secrets where a spec is deployed: those of its project and of the cluster. */
export interface KnownSecrets {
  find(scope: string, key: string): Secret | undefined;
  /** Whether a version is there, and may be brought back. */
  isUsable(scope: string, key: string, version: number): boolean;
}

export interface Pinned {
  /** Undefined where the spec refers to none. */
  readonly secrets: SecretPins | undefined;
  /** References to what the project has not, and may not use. */
  readonly missing: readonly SecretReference[];
  /** Kept versions that could not be: the newest one stands for each. */
  readonly renewed: readonly Renewed[];
}

interface Renewed {
  readonly key: string;
  readonly from: SecretPin;
  readonly to: SecretPin;
}

/**
 * The version of each secret that a spec refers to: the newest, of the project before the cluster.
 *
 * @param kept versions that stay as they are where they can be: of a revision that is gone back to
 */
export function pinSecrets(spec: ServiceSpec, known: KnownSecrets, kept: SecretPins = {}): Pinned {
  const pins: Record<string, SecretPin> = {};
  const missing: SecretReference[] = [];
  const renewed: Renewed[] = [];
  for (const reference of secretReferences(spec)) {
    const { key } = reference;
    const before = Object.hasOwn(kept, key) ? kept[key] : undefined;
    if (before && isUsable(spec.project, key, before, known)) {
      pins[key] = before;
      continue;
    }
    const pin = newestVersion(spec.project, key, known);
    if (!pin) missing.push(reference);
    else pins[key] = pin;
    if (pin && before && !renewed.some((one) => one.key === key)) renewed.push({ key, from: before, to: pin });
  }
  return { secrets: Object.keys(pins).length > 0 ? sorted(pins) : undefined, missing, renewed };
}

/** Of the project before the cluster. Undefined: the project has none, and may use none. */
export function newestVersion(project: string, key: string, known: Pick<KnownSecrets, 'find'>): SecretPin | undefined {
  const own = known.find(project, key);
  if (own && !own.removed) return { scope: 'project', version: own.latest };
  const shared = known.find(CLUSTER_SCOPE, key);
  return shared && isGranted(shared, project) ? { scope: 'cluster', version: shared.latest } : undefined;
}

function isUsable(project: string, key: string, { scope, version }: SecretPin, known: KnownSecrets): boolean {
  if (scope === 'project') return known.isUsable(project, key, version);
  const shared = known.find(CLUSTER_SCOPE, key);
  return shared !== undefined && isGranted(shared, project) && known.isUsable(CLUSTER_SCOPE, key, version);
}

const isGranted = ({ grants, removed }: Secret, project: string): boolean => !removed && grants.includes(project);

const sorted = (pins: SecretPins): SecretPins =>
  Object.fromEntries(Object.entries(pins).sort(([a], [b]) => (a < b ? -1 : 1)));
