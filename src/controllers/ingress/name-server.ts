import type { IngressLink } from './link.ts';

type Link = Pick<IngressLink, 'greeted' | 'names' | 'knows' | 'workers' | 'onChange'>;

/** A data plane is there within this time of the master's start, or something keeps it from starting. */
const GREETED_WITHIN = 15_000;
/** A table takes milliseconds; a container that starts before it is known asks in vain, which must not hold it up for long. */
const KNOWN_WITHIN = 1_000;

/**
 * The name server for containers, if the data plane answers for names there. Where it does not, Docker's own choice is better
 * than none: names of the outside world work.
 */
export async function nameServerAt(link: Link | undefined, gateway: string): Promise<string | undefined> {
  if (!link) return undefined;
  await holds(link, link.greeted, GREETED_WITHIN);
  return link.names() === gateway ? gateway : undefined;
}

/** Resolves when every worker knows who asks from this address, soon in any case, at once while no data plane is there. */
export const untilKnown = async (link: Link | undefined, asker: string): Promise<void> =>
  link && holds(link, () => link.knows(asker) || link.workers() === undefined, KNOWN_WITHIN);

function holds(link: Link, isSo: () => boolean, within: number): Promise<void> {
  if (isSo()) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      unlisten();
      resolve();
    };
    const timer = setTimeout(end, within);
    const unlisten = link.onChange(() => {
      if (isSo()) end();
    });
  });
}
