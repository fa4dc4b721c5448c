import type { Canary, Deployment } from '../model/deployment.ts';
import type { Revision } from '../model/revision.ts';
import type { Service } from '../model/service.ts';

/** What a deployment finds, of what is told to `admit`. */
export interface Found {
  readonly service?: Service | undefined;
  readonly current?: Revision | undefined;
  readonly activeDeployment?: Deployment | undefined;
  readonly rollbackOf?: number | undefined;
  readonly now: number;
}

/**
 * The first step of a deployment's canary. None where nothing serves that the new revision could be tried beside, where no container
 * changes, and on a way back: what has served before needs no trial.
 */
export function firstStep(
  { service, current, activeDeployment, rollbackOf, now }: Found,
  { spec, hash }: Revision,
): Pick<Deployment, 'canary'> {
  const { canary } = spec.deploy;
  const [weight] = canary?.steps ?? [];
  if (!canary || weight === undefined || rollbackOf !== undefined) return {};
  if (!service || service.stable === undefined || service.paused || service.replicas === 0) return {};
  const isSteady = activeDeployment !== undefined || service.stable === service.revision;
  if (!isSteady || (hash !== undefined && hash === current?.hash)) return {};
  return { canary: stepOf(canary, 1, weight, now) };
}

/** @param weight percent of the requests; 100: promoted */
export const stepOf = (
  { steps, by, name }: { readonly steps: readonly number[] } & Pick<Canary, 'by' | 'name'>,
  step: number,
  weight: number,
  at: number,
): Canary => ({ step, of: steps.length, weight, by, ...(name !== undefined && { name }), at });
