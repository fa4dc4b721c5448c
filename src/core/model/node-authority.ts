/** A CA that vouches for nodes and masters. While one takes the place of another there are two. */
export interface NodeAuthority {
  /** SHA-256 of its certificate (DER), hex. */
  readonly id: string;
  /** PEM. */
  readonly certificate: string;
  /** Encrypted, for this record's place; PKCS #8, PEM. */
  readonly key: string;
  /** Epoch ms. The newest one signs. */
  readonly createdAt: number;
}

/** The key of its record, to which its key is bound. */
export const keyOfAuthority = (id: string): string => `node-authorities/${id}`;
