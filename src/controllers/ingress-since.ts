import type { IngressLink } from './ingress/link.ts';

type Link = Pick<IngressLink, 'connected' | 'workers'>;

/**
 * Since when the data planes have been there that are, each with the workers it has now: one that has just begun has no table yet,
 * and has its time to acknowledge one. Undefined while none is connected. Epoch ms.
 *
 * @param live those that are connected
 */
export function createIngressSince(live: () => readonly Link[], clock: { now(): number }): () => number | undefined {
  let known: string | undefined;
  let since: number | undefined;
  return () => {
    const found =
      live()
        .flatMap((link) => nameOf(link) ?? [])
        .join(', ') || undefined;
    if (found !== known) since = found === undefined ? undefined : clock.now();
    known = found;
    return since;
  };
}

function nameOf(link: Link): string | undefined {
  const connected = link.connected();
  const workers = link.workers()?.map(({ id, pid }) => `${id}:${pid}`) ?? [];
  return connected && `${connected.since} ${workers.join(' ')}`;
}
