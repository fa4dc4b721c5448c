/** A file in a container, or what else has a path there. A link is not followed. */
export interface PathStat {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** Bytes. */
  readonly size: number;
  /** Permissions, `0o644`. */
  readonly mode: number;
  /** Epoch ms. */
  readonly modifiedAt: number;
  /** Of a link: where it ends in the container, absolute. */
  readonly linkTarget: string | undefined;
}
