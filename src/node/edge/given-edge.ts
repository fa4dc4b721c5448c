import { readFile } from 'node:fs/promises';
import type { GivenEdge } from '../../core/nodes/wire.ts';
import { writePrivately } from '../../identity/write-privately.ts';
import { isGivenEdge } from '../../tunnel/shapes.ts';

/** What a master told last of the edge network of this node. */
export interface GivenEdgeFile {
  /** Undefined before the first time. */
  last(): GivenEdge | undefined;
  /** Resolves once it is on the disk. */
  keep(given: GivenEdge): Promise<void>;
}

/** What cannot be read counts as none: the master tells it again. @param onDamage why not, as a sentence */
export async function openGivenEdge(file: string, onDamage: (why: string) => void): Promise<GivenEdgeFile> {
  let last = await read(file, onDamage);
  return {
    last: () => last,
    async keep({ network, subnet, gateway, bridge, ingress }) {
      const given = { network, subnet, gateway, bridge, ingress };
      if (JSON.stringify(given) !== JSON.stringify(last)) await writePrivately(file, `${JSON.stringify(given)}\n`);
      last = given;
    },
  };
}

async function read(file: string, onDamage: (why: string) => void): Promise<GivenEdge | undefined> {
  try {
    const found: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (isGivenEdge(found)) return found;
    onDamage(`${file} does not say what the edge network is`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') onDamage(`${file}: ${(error as Error).message}`);
  }
  return undefined;
}
