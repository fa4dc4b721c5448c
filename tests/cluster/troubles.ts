import type { Trouble } from '../unit/core/rollout/trouble.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterNode } from './node.ts';

/** The troubles of the planner's simulator, made to happen to a node of a whole cluster. @param at which of its nodes */
export async function trouble(cluster: Cluster, { kind, pick }: Trouble, at = 0): Promise<void> {
  const { machine, faults, planes, reachEngine } = nodeAt(cluster, at);
  const names = [...machine.boxes.keys()];
  const name = names[pick % Math.max(1, names.length)] ?? '';
  switch (kind) {
    case 'kill':
      return machine.kill(name);
    case 'remove':
      return machine.remove(name);
    case 'crash':
      return machine.crash(name);
    case 'hang':
      return machine.hang(name);
    case 'stick':
      return void faults.stuck.add(name);
    case 'unstick':
      return faults.stuck.clear();
    case 'engine-away':
      return reachEngine(false);
    case 'engine-back':
      return reachEngine(true);
    case 'ingress-away':
      return planes.away();
    case 'ingress-back':
      return planes.back();
    case 'server-away':
      cluster.master().life.end();
      await cluster.time.pass(pick * 2_000);
      return void (await cluster.startMaster());
    case 'seen-late':
      faults.events = pick === 0 ? 'lost' : pick * 100;
      return;
    case 'ack-slow':
      faults.acknowledgement = 3_000;
      return;
    case 'ack-quick':
      faults.acknowledgement = 15;
  }
}

/** All that is wrong ends, but what has become of it stays. */
export function heal(cluster: Cluster): void {
  for (const { faults, planes, machine, reachEngine } of cluster.nodes) {
    for (const box of machine.boxes.values()) box.hungSince = undefined;
    faults.stuck.clear();
    Object.assign(faults, { events: 2, acknowledgement: 15, pull: 300 });
    reachEngine(true);
    planes.back();
  }
}

export const nodeAt = ({ nodes }: Cluster, at: number): ClusterNode => nodes[at % nodes.length] as ClusterNode;
