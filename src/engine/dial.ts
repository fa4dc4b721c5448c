import type Docker from 'dockerode';

export interface DialOptions {
  /** GET unless told. */
  readonly method?: 'GET' | 'POST' | undefined;
  /** Appended to the path as a query. */
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  /** Sent as JSON. */
  readonly body?: Readonly<Record<string, unknown>> | undefined;
  /** Sent as `X-Registry-Auth`. */
  readonly authconfig?: Readonly<Record<string, string>> | undefined;
  /** The reply's body as it comes, instead of its parsed JSON. */
  readonly stream?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A call through dockerode's modem, for those whose dockerode methods take no signal or give no stream. */
export const dial = <T>(docker: Docker, path: string, wish: DialOptions): Promise<T> =>
  new Promise((resolve, reject) => {
    const { method = 'GET', query, body, authconfig, stream, signal } = wish;
    const options = {
      path: query === undefined ? path : `${path}?`,
      method,
      statusCodes: { 200: true },
      ...(query !== undefined && { options: { ...query } }),
      ...(body !== undefined && { options: { ...body } }),
      ...(authconfig !== undefined && { authconfig }),
      ...(stream === true && { isStream: true }),
      ...(signal !== undefined && { abortSignal: signal }),
    };
    docker.modem.dial(options, (error, reply) => (error === null ? resolve(reply as T) : reject(error)));
  });
