/** How a canary divides the requests, as the manifest says. */
export interface CanarySpec {
  /** Percent of the requests that the new revision gets, one after the other: ascending, 1 to 99. */
  readonly steps: readonly number[];
  /** What decides which requests. */
  readonly by: 'client' | 'request' | 'header' | 'cookie';
  /** Of the header, in lower case, or of the cookie. */
  readonly name?: string | undefined;
}
