import { type Decision, promoted, reverted, type Steered } from '../../../../src/core/rollout/steer-canary.ts';
import type { Simulator } from './simulator.ts';

/** As the API does it. @throws OrcaError where it is refused */
export const promote = (world: Simulator, onlyStep: boolean): void =>
  decided(world, promoted(steered(world), onlyStep));

/** As the API does it; false where no canary is on. */
export function rollback(world: Simulator): boolean {
  const decision = reverted(steered(world));
  if (decision) decided(world, decision);
  return decision !== undefined;
}

function steered(world: Simulator): Steered {
  const { service, target, deployment, from } = world.view();
  return { service, target, deployment, from, now: world.now, by: 'ann' };
}

function decided(world: Simulator, { service, deployment }: Decision): void {
  world.service = service;
  world.deployments.set(deployment.id, deployment);
  world.publish();
}
