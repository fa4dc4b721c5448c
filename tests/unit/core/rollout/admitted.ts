import { containerHash } from '../../../../src/core/model/container-hash.ts';
import type { Deployment } from '../../../../src/core/model/deployment.ts';
import type { Revision } from '../../../../src/core/model/revision.ts';
import type { Service } from '../../../../src/core/model/service.ts';
import type { ServiceSpec } from '../../../../src/core/model/service-spec.ts';
import { admit } from '../../../../src/core/rollout/admit.ts';

interface Admitting {
  readonly service: Service | undefined;
  readonly revisions: Map<number, Revision>;
  readonly deployments: Map<number, Deployment>;
  readonly now: number;
}

/**
 * Writes down what a deployment comes to, as the API does; undefined: nothing is to be done. A canary gives way to it.
 *
 * @param hash of the revision, in the words of its test: the same word, the same containers
 */
export function admitted(world: Admitting, spec: ServiceSpec, hash: string): Service | undefined {
  const { service, revisions, deployments, now } = world;
  const admission = admit({
    service,
    current: real(revisions.get(service?.revision ?? 0)),
    activeDeployment: deployments.get(service?.deployment ?? 0),
    spec,
    image: imageOf(spec, hash),
    nextRevision: revisions.size + 1,
    nextDeployment: deployments.size + 1,
    now,
    replace: true,
  });
  if (!('revision' in admission)) return undefined;
  const { revision, deployment } = admission;
  if (admission.superseded) deployments.set(admission.superseded.id, admission.superseded);
  revisions.set(revision.number, { ...revision, hash });
  deployments.set(deployment.id, { ...deployment, state: 'running' });
  return admission.service;
}

const imageOf = (spec: ServiceSpec, hash: string) => ({ ref: spec.image, digest: hash, pinned: hash });

/** With the hash that its containers have. */
const real = (revision: Revision | undefined): Revision | undefined =>
  revision?.image && { ...revision, hash: containerHash(revision.spec, revision.image) };
