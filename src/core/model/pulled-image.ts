/** An image that orca brought onto an engine: written before the pull, which was begun only as the image was not there. */
export interface PulledImage {
  /** `name@sha256:...` */
  readonly pinned: string;
  /** Id of the node onto whose engine; undefined: the master's own machine. */
  readonly node?: string | undefined;
  /** Epoch ms. */
  readonly at: number;
}
