import type { TokenRecord } from '../core/model/token.ts';

/** What identity needs of the stored state; `State` of the store fits it. */
export interface TokenState<Write> {
  readonly tokens: {
    get(id: string): Promise<{ readonly value: TokenRecord } | undefined>;
    isEmpty(): Promise<boolean>;
    put(record: TokenRecord): Write;
  };
  readonly store: { txn(txn: { readonly then: readonly Write[] }): Promise<unknown> };
}
