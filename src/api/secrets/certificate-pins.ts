import { CLUSTER_SCOPE, type SecretPin, type SecretPins } from '../../core/model/secret.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import { newestVersion } from '../../core/secrets/pins.ts';
import type { State } from '../../store/state.ts';

/** The secrets that a spec's own certificate and its private key lie in, in the versions that are served: none pins them. Those that are not set are left out. */
export async function certificatePins(
  state: Pick<State, 'secrets'>,
  { project, tls }: ServiceSpec,
): Promise<SecretPins> {
  if (tls?.mode !== 'own') return {};
  const pins: Record<string, SecretPin> = {};
  for (const key of [tls.cert, tls.key]) {
    if (key === undefined) continue;
    const [own, shared] = [await state.secrets.get(project, key), await state.secrets.get(CLUSTER_SCOPE, key)];
    const pin = newestVersion(project, key, { find: (scope) => (scope === project ? own : shared)?.value });
    if (pin) pins[key] = pin;
  }
  return pins;
}
