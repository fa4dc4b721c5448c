/** An image that orca brought onto an engine: written before the pull, which was begun only as the image was not there. */
export interface PulledImage {
  /** `name@sha256:...` */
  readonly pinned: string;
  /** Epoch ms. */
  readonly at: number;
}
