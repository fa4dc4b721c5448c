/** How far the pull of an image is, in bytes of compressed layers that were not there. */
export interface PullProgress {
  readonly done: number;
  /** Undefined until each layer has told its size. */
  readonly total?: number | undefined;
}
