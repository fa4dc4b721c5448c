import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from '../core/model/deployment.ts';
import { type ServiceKey, serviceKey } from '../core/model/service.ts';
import type { Change, Store } from '../store/contract.ts';
import type { Log } from '../telemetry/log.ts';

export interface StoreWatchOptions {
  readonly store: Store;
  readonly log: Log;
  /** The service whose records changed. */
  readonly onService: (key: ServiceKey) => void;
  /** Changes may have been missed: look at everything. */
  readonly onReset: () => void;
}

/** Tells which services' records change, from now until the signal. A gap is a reset, never a silence. */
export async function watchServices(
  { store, log, onService, onReset }: StoreWatchOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { revision } = await store.status();
      onReset();
      for await (const batch of store.watch({ prefix: '', after: revision, signal })) {
        for (const change of batch.changes) notice(change, onService);
      }
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error }, 'the watch over the store ended and is begun again');
      await sleep(250, undefined, { signal }).catch(() => {});
    }
  }
}

function notice(change: Change, onService: (key: ServiceKey) => void): void {
  const key = change.type === 'put' ? change.entry.key : change.key;
  const [collection, project, service] = key.split('/');
  if (collection === 'deployments' && change.type === 'put') {
    const deployment = JSON.parse(change.entry.value) as Deployment;
    onService(serviceKey(deployment.project, deployment.service));
  } else if (
    project &&
    service &&
    (collection === 'services' || collection === 'tasks' || collection === 'revisions')
  ) {
    onService(serviceKey(project, service));
  }
}
