import { setTimeout as sleep } from 'node:timers/promises';
import { type ServiceKey, serviceKey } from '../core/model/service.ts';
import type { Change } from '../store/contract.ts';
import type { State } from '../store/state.ts';
import type { Log } from '../telemetry/log.ts';

export interface StoreWatchOptions {
  readonly state: Pick<State, 'store' | 'deployments'>;
  readonly log: Log;
  /** The service whose records changed. */
  readonly onService: (key: ServiceKey) => void;
  /** The record of a node changed. */
  readonly onNode?: (() => void) | undefined;
  /** Changes may have been missed: look at everything. */
  readonly onReset: () => void;
}

/** Tells which services' records change, from now until the signal. A gap is a reset, never a silence. */
export async function watchServices(
  { state, log, onService, onNode, onReset }: StoreWatchOptions,
  signal: AbortSignal,
): Promise<void> {
  const { store, deployments } = state;
  const serviceOf = (change: Change) => ofDeployment(deployments, change) ?? ofKey(change);
  while (!signal.aborted) {
    try {
      const { revision } = await store.status();
      onReset();
      for await (const batch of store.watch({ prefix: '', after: revision, signal })) {
        for (const key of batch.changes.map(serviceOf)) if (key !== undefined) onService(key);
        if (batch.changes.some((change) => keyIn(change).startsWith('nodes/'))) onNode?.();
      }
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error }, 'the watch over the store ended and is begun again');
      await sleep(250, undefined, { signal }).catch(() => {});
    }
  }
}

/** A deployment's key does not say whose it is. One that cannot be read moves nothing. */
function ofDeployment(deployments: State['deployments'], change: Change): ServiceKey | undefined {
  if (change.type === 'delete' || !change.entry.key.startsWith(`${deployments.prefix}/`)) return undefined;
  const stored = deployments.read(change.entry);
  return stored && serviceKey(stored.value.project, stored.value.service);
}

const OF_SERVICES = ['services', 'outcomes', 'tasks', 'revisions'];

function ofKey(change: Change): ServiceKey | undefined {
  const [collection = '', project, service] = keyIn(change).split('/');
  return OF_SERVICES.includes(collection) && project && service ? serviceKey(project, service) : undefined;
}

const keyIn = (change: Change): string => (change.type === 'put' ? change.entry.key : change.key);
