import { CLUSTER_SCOPE, type SecretVersion, scopeOf } from '../core/model/secret.ts';
import { newestVersion } from '../core/secrets/pins.ts';
import type { Stored } from './collection.ts';
import type { State } from './state.ts';

/** The newest version of a secret, of the project before the cluster. Undefined: the project has none, and may use none. */
export async function newestSecret(
  state: Pick<State, 'secrets' | 'secretVersions'>,
  project: string,
  key: string,
): Promise<Stored<SecretVersion> | undefined> {
  const [own, shared] = await Promise.all([state.secrets.get(project, key), state.secrets.get(CLUSTER_SCOPE, key)]);
  const pin = newestVersion(project, key, { find: (scope) => (scope === project ? own : shared)?.value });
  return pin && state.secretVersions.get(scopeOf(pin, project), key, pin.version);
}
