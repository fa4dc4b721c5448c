import { tooManyWriters } from '../../core/claims/claim.ts';
import { OrcaError } from '../../core/errors.ts';
import type { Service } from '../../core/model/service.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import { type OwnPort, requireNotOwn } from '../../core/rollout/own-ports.ts';

/** A service as it shall be, and the sentence for the decision log; no sentence: it is so already. */
export interface Intent {
  readonly service: Service;
  readonly reason?: string | undefined;
}

/** @throws OrcaError if the service cannot be what is asked */
export type Decide = (service: Service, spec: ServiceSpec) => Intent;

/** What makes more containers publishes no port of orca's, which may have moved there since the service was deployed. */
export const withoutOwnPorts =
  (decide: Decide, own: readonly OwnPort[]): Decide =>
  (service, spec) => {
    const intent = decide(service, spec);
    const more = service.paused ? !intent.service.paused : intent.service.replicas > service.replicas;
    if (more) requireNotOwn(spec, own);
    return intent;
  };

/** By hand: it holds until the file's count changes. Back to the file's count, nothing is by hand any more. */
export function scaled(service: Service, spec: ServiceSpec, replicas: number): Intent {
  refuseRemoving(service);
  const [port] = spec.ports;
  if (port && replicas > 1) {
    throw new OrcaError('unplaceable', `${replicas} replicas cannot publish host port ${port.host} on one node`, {
      hint: 'one replica a node can have it',
    });
  }
  const writers = tooManyWriters(spec, replicas);
  if (writers) throw new OrcaError('unplaceable', writers.message, { hint: writers.hint });
  if (replicas === service.replicas) return { service };
  const { scaledFrom: _, ...rest } = service;
  const next = replicas === spec.replicas ? { ...rest, replicas } : { ...rest, replicas, scaledFrom: spec.replicas };
  return { service: next, reason: `scaled from ${service.replicas} to ${replicas}` };
}

export function paused(service: Service): Intent {
  if (service.removing || service.paused) return { service };
  return { service: { ...service, paused: true }, reason: 'stopped' };
}

export function started(service: Service): Intent {
  refuseRemoving(service);
  if (service.stable === undefined && service.deployment === undefined) {
    throw new OrcaError('conflict', `no deployment of ${service.name} has succeeded yet`, { hint: 'deploy it again' });
  }
  if (!service.paused) return { service };
  return { service: { ...service, paused: false }, reason: 'started' };
}

export function removing(service: Service): Intent {
  if (service.removing) return { service };
  return { service: { ...service, removing: true }, reason: 'removed' };
}

function refuseRemoving({ name, removing: goes }: Service): void {
  if (!goes) return;
  throw new OrcaError('conflict', `${name} is being removed`, { hint: 'deploy it again once it is gone' });
}
