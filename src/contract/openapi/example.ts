/** A request of an endpoint, and an answer to it. */
export interface Example {
  readonly params?: Readonly<Record<string, string>>;
  /** Of what must be asked for. */
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly answer: unknown;
}
