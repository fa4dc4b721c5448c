import { LABEL } from '../../core/model/container.ts';
import type { Engines } from '../../engine/engines.ts';
import type { World } from '../world.ts';

export interface LeftHelpers {
  readonly world: Pick<World, 'containers'>;
  readonly engines: Pick<Engines, 'of'>;
}

/** Removes the containers that a killed master has made to set up volumes. None is ever started, and none of its own is touched. */
export async function removeLeftHelpers({ world, engines }: LeftHelpers, node: string): Promise<void> {
  for (const { id, name, labels, state } of world.containers(node) ?? [])
    if (labels[LABEL.kind] === 'volume' && state === 'created') await engines.of(node).removeLeftHelper(name, id);
}
