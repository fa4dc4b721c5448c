/** What lets a machine join, as it is kept: whoever reads the store cannot join with it. */
export interface JoinSecret {
  /** The first 16 of the digest. */
  readonly id: string;
  /** SHA-256 of the secret, hex: it has 256 random bits. */
  readonly digest: string;
  /** Any number of nodes may join with it until it ends. */
  readonly reusable: boolean;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** The name of the token that made it. */
  readonly createdBy: string;
  /** The last node that joined with it. */
  readonly used?: { readonly node: string; readonly key: string; readonly at: number } | undefined;
}
