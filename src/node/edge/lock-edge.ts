import type { Edge, EdgeContainer } from '../../core/edge/edge.ts';
import { type BridgeView, planLock } from '../../core/edge/plan-lock.ts';
import { OrcaError } from '../../core/errors.ts';
import type { Bridges } from './bridges.ts';

/** A pin is seen in the round after it was made; only then is its port closed. */
const ROUNDS = 3;

const WHY = {
  unfound: 'the port of a running container is not found on',
  again: 'what was set does not stay on',
};

/** Sees to it once that each address of an edge leads to its member only. @throws OrcaError `unavailable` */
export const createLockEdge =
  (bridges: Bridges): ((edge: Edge) => Promise<void>) =>
  async (edge) => {
    let outcome = await round(bridges, edge);
    for (let more = ROUNDS; more > 0 && outcome === 'again'; more -= 1) outcome = await round(bridges, edge);
    if (outcome !== 'done') throw new OrcaError('unavailable', `${WHY[outcome]} ${edge.bridge}`);
  };

async function round(bridges: Bridges, { bridge, members, containers }: Edge): Promise<'done' | 'again' | 'unfound'> {
  const view = await bridges.read(bridge);
  const unpinned = containers.filter((container) => isUnpinned(container, view));
  const found = unpinned.length === 0 ? [] : await bridges.findPorts(unpinned, view.ports);
  const steps = planLock(members, found, view);
  if (steps.length > 0) await bridges.apply(bridge, steps);
  if (steps.length > 0) return 'again';
  return unpinned.length === 0 ? 'done' : 'unfound';
}

const isUnpinned = ({ state, hardware }: EdgeContainer, { pins }: BridgeView): boolean =>
  state === 'running' && hardware !== undefined && !pins.some((pin) => pin.hardware === hardware);
