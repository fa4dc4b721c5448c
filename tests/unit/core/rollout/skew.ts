/** By how much other clocks are ahead of the master's, ms. */
export interface Skew {
  readonly engine: number;
  readonly plane: number;
  /** A data plane from before it told the time of its word. */
  readonly isSilent?: boolean;
}

export const NO_SKEW: Skew = { engine: 0, plane: 0 };
