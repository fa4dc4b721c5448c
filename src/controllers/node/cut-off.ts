import { LABEL } from '../../core/model/container.ts';
import type { NodeNetwork } from '../../core/model/node.ts';
import type { Task } from '../../core/model/task.ts';
import type { Neighbourhood } from '../../core/names/networks.ts';
import type { Engine } from '../../engine/engine.ts';
import { type Stored, unchanged } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Commit } from '../commit.ts';
import type { World } from '../world.ts';
import type { Observer } from './observer.ts';

export interface CuttingOff {
  readonly state: State;
  /** Id of the node whose containers and tasks are meant. */
  readonly node: string;
  readonly engine: Pick<Engine, 'disconnect'>;
  readonly commit: Commit;
  readonly world: Pick<World, 'containers'>;
  readonly observer: Pick<Observer, 'look'>;
  readonly log: Log;
}

/**
 * Takes containers off the networks that nobody grants them any more, whatever they are for, and then their addresses there
 * from the records of tasks. In that order: a task without the address would be left on the network by a kill in between.
 *
 * @param networks that there are, by key
 */
export async function cutOff(
  tools: CuttingOff,
  { isCutOff }: Neighbourhood,
  networks: Readonly<Record<string, NodeNetwork>>,
): Promise<void> {
  const pairs = Object.entries(networks).filter(([key]) => key.includes('.'));
  if (pairs.length === 0) return;
  for (const { name, labels, networks: on = {} } of tools.world.containers(tools.node) ?? []) {
    const service = { project: labels[LABEL.project] ?? '', name: labels[LABEL.service] ?? '' };
    const lost = pairs.filter(([key, { network }]) => on[network] !== undefined && isCutOff(service, key));
    for (const [, { network }] of lost) {
      await tools.engine.disconnect(name, network);
      tools.log.info({ container: name, network }, 'a container was disconnected: it is not granted any more');
    }
    if (lost.length > 0) await tools.observer.look(name);
  }
  const { records } = await tools.state.tasks.listReadable();
  for (const stored of records) if (stored.value.node === tools.node) await forget(tools, isCutOff, stored);
}

async function forget(
  { state, commit }: CuttingOff,
  isCutOff: Neighbourhood['isCutOff'],
  stored: Stored<Task>,
): Promise<void> {
  const { networks = {}, ...task } = stored.value;
  const name = { project: task.project, name: task.service };
  const left = Object.entries(networks).filter(([key]) => !isCutOff(name, key));
  if (left.length === Object.keys(networks).length) return;
  // Also where none is left: clients may remember the name that it had.
  await commit([unchanged(stored)], [state.tasks.put({ ...task, networks: Object.fromEntries(left) })]);
}
