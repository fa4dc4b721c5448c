import { OrcaError } from '../../core/errors.ts';
import { scopeOf } from '../../core/model/secret.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import type { SecretValues } from '../../core/model/templates.ts';
import type { State } from '../../store/state.ts';

/**
 * What a spec's secrets stand for, for the call that makes its container, and for nothing else.
 *
 * @throws OrcaError `unavailable` without the key they are encrypted with; `conflict` for a version that is not there any more
 */
export type ReadSecrets = (spec: ServiceSpec) => Promise<SecretValues>;

export const createReadSecrets =
  (state: State, open: (place: string, envelope: string) => string): ReadSecrets =>
  async ({ project, secrets = {} }) => {
    const values = new Map<string, string>();
    for (const [key, pin] of Object.entries(secrets)) {
      const found = await state.secretVersions.get(scopeOf(pin, project), key, pin.version);
      if (!found) throw gone(key, pin.version);
      values.set(key, open(found.key, found.value.value));
    }
    return values;
  };

const gone = (key: string, version: number): OrcaError =>
  new OrcaError('conflict', `version ${version} of the secret ${key} was removed`, {
    hint: 'deploy the service again',
  });
