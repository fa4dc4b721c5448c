import type { RolledService } from '../../contract/secrets.ts';
import { OrcaError } from '../../core/errors.ts';
import type { Revision } from '../../core/model/revision.ts';
import { CLUSTER_SCOPE, type SecretPins } from '../../core/model/secret.ts';
import { type Caller, reaches } from '../../identity/authenticate.ts';
import type { State } from '../../store/state.ts';
import type { Deploying } from '../deploying/deploy.ts';
import { deploymentOf } from '../deploying/outcome.ts';
import type { Prepared } from '../deploying/prepare.ts';
import { withSecrets } from '../deploying/secrets.ts';
import { servicesWithSecrets, takes } from './users.ts';

export interface RollingOptions {
  readonly state: State;
  readonly deploying: Pick<Deploying, 'admitPrepared'>;
}

/**
 * A deployment of each service that refers to one of the keys, as it is but for their newest versions: other secrets, the
 * image and everything else stay. What is stopped stays so.
 */
export async function rollUsers(
  { state, deploying }: RollingOptions,
  scope: string,
  keys: readonly string[],
  caller: Caller,
): Promise<readonly RolledService[]> {
  const wishes: Prepared[] = [];
  for (const { service, revisions } of await servicesWithSecrets(state, scope)) {
    const current = revisions.find(({ number }) => number === service.revision);
    if (!current || service.paused || service.removing) continue;
    if (!keys.some((key) => takes(current, scope, key))) continue;
    if (scope === CLUSTER_SCOPE && !reaches(caller, service.project)) continue;
    const { secrets = {} } = current.spec;
    const others = Object.fromEntries(Object.entries(secrets).filter(([key]) => !keys.includes(key)));
    wishes.push({
      ...(await pinned(state, current, others)),
      basedOn: current.number,
      image: current.image,
      needsPull: false,
      looksOnly: false,
      mayDeployTo: (project) => reaches(caller, project),
    });
  }
  const admitted = await deploying.admitPrepared(wishes, caller);
  return admitted.flatMap((one) => {
    const { project, name } = one.spec;
    if (one.admission?.action === 'none') return [];
    const reason = one.refusal?.message ?? one.admission?.reason ?? '';
    return [{ project, service: name, deployment: deploymentOf(one)?.id ?? null, reason }];
  });
}

type Pinned = Pick<Prepared, 'spec' | 'request' | 'warnings' | 'refusal'>;

async function pinned(state: State, { spec }: Revision, others: SecretPins): Promise<Pinned> {
  try {
    const found = await withSecrets(state, spec, others);
    return { ...found, request: [found.spec] };
  } catch (refusal) {
    if (refusal instanceof OrcaError) return { spec, request: [spec], warnings: [], refusal };
    throw refusal;
  }
}
