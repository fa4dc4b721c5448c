import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mirrorStore } from '../../../src/store/mirror/store.ts';
import { openStore } from '../../../src/store/open.ts';
import type { Place } from './place.ts';
import { storeContract } from './store-contract.ts';

for (const [name, prefixes] of [
  ['sqlite, mirrored whole', ['']],
  ['sqlite, mirrored in part', ['a', 'k/']],
] as const)
  storeContract(name, async (): Promise<Place> => {
    const directory = await mkdtemp(join(tmpdir(), 'orca-store-'));
    return {
      open: async (options) => mirrorStore(await openStore(`file:${join(directory, 'orca.db')}`, options), prefixes),
      clear: () => rm(directory, { recursive: true }),
    };
  });
