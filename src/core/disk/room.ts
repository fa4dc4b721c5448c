import { formatSize } from '../format-size.ts';

/** What an image needs on the engine's disk, and what is there. Bytes. */
export interface Room {
  readonly image: string;
  /** Of its layers that are not there, compressed: unpacked they are larger. */
  readonly needs: number;
  readonly free: number;
  /** The engine's data root. */
  readonly root: string;
  /** Whose it is, as `node "web2"`; undefined: of the master's own machine. */
  readonly place?: string | undefined;
}

/** Why it is not pulled, with what to do; undefined if it may fit. */
export function lacksRoom({ image, needs, free, root, place }: Room): string | undefined {
  if (needs <= free) return undefined;
  return (
    `image "${image}" does not fit on the disk: it needs more than about ${formatSize(needs)} (compressed), ` +
    `and ${formatSize(free)} are free in ${root}${place === undefined ? '' : ` of ${place}`}: ${FREE_SOME}`
  );
}

/** The way out, as a clause. */
export const FREE_SOME = 'see what takes room with `orca system df`, free some with `orca system prune`';

/**
 * Bytes of the layers that are not there. A layer is there if some image begins with it and all before it.
 *
 * @param unpacked what each layer is called unpacked, in their order
 * @param present the same of each image that is there
 */
export function missingSize(
  layers: readonly { readonly size: number }[],
  unpacked: readonly string[],
  present: readonly (readonly string[])[],
): number {
  const shared = Math.max(0, ...present.map((image) => commonStart(image, unpacked)));
  return layers.slice(shared).reduce((sum, { size }) => sum + size, 0);
}

function commonStart(a: readonly string[], b: readonly string[]): number {
  const end = a.findIndex((one, at) => one !== b[at]);
  return end < 0 ? Math.min(a.length, b.length) : end;
}
