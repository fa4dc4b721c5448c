/** A request of the API. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Query | undefined;
  readonly body?: unknown;
  readonly accept?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** For the answer's head, ms. Defaults to the connection's timeout. */
  readonly patience?: number | undefined;
  /** Longest silence in the body, ms; 0: none. Defaults to the connection's timeout. */
  readonly silence?: number | undefined;
}

/** Undefined and false are left out; true is sent as `true`, a list as its values one after the other. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
