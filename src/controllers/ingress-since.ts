import type { IngressLink } from './ingress/link.ts';

/**
 * Since when a data plane has been there with the workers it has now: one that has just begun has no table yet, and has
 * its time to acknowledge one. Undefined while none is connected. Epoch ms.
 */
export function createIngressSince(
  link: Pick<IngressLink, 'connected' | 'workers'>,
  clock: { now(): number },
): () => number | undefined {
  let known: string | undefined;
  let since: number | undefined;
  return () => {
    const found = nameOf(link);
    if (found !== known) since = found === undefined ? undefined : clock.now();
    known = found;
    return since;
  };
}

function nameOf(link: Pick<IngressLink, 'connected' | 'workers'>): string | undefined {
  const connected = link.connected();
  const workers = link.workers()?.map(({ id, pid }) => `${id}:${pid}`) ?? [];
  return connected && `${connected.since} ${workers.join(' ')}`;
}
