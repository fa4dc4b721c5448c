import { suite } from 'node:test';
import { keysContract } from './keys-contract.ts';
import { modelContract } from './model-contract.ts';
import type { MakePlace } from './place.ts';
import { transactionsContract } from './transactions-contract.ts';
import { upkeepContract } from './upkeep-contract.ts';
import { watchContract } from './watch-contract.ts';

/** What every driver of the store must do, shown on the real thing. */
export function storeContract(name: string, makePlace: MakePlace): void {
  suite(name, () => {
    keysContract(makePlace);
    transactionsContract(makePlace);
    watchContract(makePlace);
    upkeepContract(makePlace);
    modelContract(makePlace);
  });
}
