/** What one worker knows of whether a target, since its last start, answers on one connection while another is kept. */
export class TargetContention {
  /** It did. */
  concurrent = false;
  /** Open connections that have been kept at some time, in use or not. */
  kept = 0;
  /** New connections without an answer for a while. */
  silent = 0;
  /** Nothing is kept until then, for the sake of another worker's: on the ticker. */
  heldUntil = 0;
  /** It was told that kept ones were closed, since one was last said to be silent. */
  told = false;
}
