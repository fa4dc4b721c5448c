/** When a token was last used and from where, as the store keeps it: beside the token's record, which only admins change. */
export interface TokenUse {
  /** The token's. */
  readonly id: string;
  readonly at: number;
  /** An IP address, or `socket` for the one in the data folder. */
  readonly address: string;
}
