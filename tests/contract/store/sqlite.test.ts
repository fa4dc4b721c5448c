import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../../src/store/open.ts';
import type { Place } from './place.ts';
import { storeContract } from './store-contract.ts';

storeContract('sqlite', async (): Promise<Place> => {
  const directory = await mkdtemp(join(tmpdir(), 'orca-store-'));
  return {
    open: (options) => openStore(`file:${join(directory, 'orca.db')}`, options),
    clear: () => rm(directory, { recursive: true }),
  };
});
