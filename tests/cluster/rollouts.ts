import assert from 'node:assert/strict';
import type { Cluster } from './cluster.ts';
import { amiss, untilConverged } from './converged.ts';
import type { When } from './life.ts';

export interface Rollout {
  readonly manifest: string;
  /** Of `web`. */
  readonly replicas: number;
}

/** Begins a deployment, and waits until its master has stopped in the middle of it. False if it came through before. */
export async function stoppedDuring(
  cluster: Cluster,
  { manifest, replicas }: Rollout,
  ...[deed, when, how = 'ended']: [deed: number, when: When, how?: 'ended' | 'paused']
): Promise<boolean> {
  const { life } = cluster.master();
  life.stopAt(deed, when, how);
  const wish = cluster.wish();
  let isDone = false;
  void wish
    .deploy(manifest)
    .then(wish.ends)
    .then(() => {
      isDone = true;
    });
  const isStopped = () => life.signal.aborted || life.isPaused();
  const isThrough = async () => isDone && !life.isPaused() && (await amiss(cluster, 'web', replicas)) === undefined;
  await cluster.until('the end of the master or of the rollout', async () => isStopped() || (await isThrough()));
  return isStopped();
}

/** The next master does what is left; a wish that was lost before it was acknowledged is made again. */
export async function finish(cluster: Cluster, { manifest, replicas }: Rollout): Promise<void> {
  await cluster.startMaster();
  const { services } = await cluster.deploy(manifest);
  for (const { name, state, reason } of services) assert.match(state, /succeeded|unchanged/, `${name}: ${reason}`);
  await untilConverged(cluster, 'web', replicas);
}
