import type Docker from 'dockerode';

export interface DialOptions {
  /** Appended to the path as a query. */
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  /** The reply's body as it comes, instead of its parsed JSON. */
  readonly stream?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A GET through dockerode's modem, for the calls whose dockerode methods take no signal or give no stream. */
export const dial = <T>(docker: Docker, path: string, { query, stream, signal }: DialOptions): Promise<T> =>
  new Promise((resolve, reject) => {
    const options = {
      path: query === undefined ? path : `${path}?`,
      method: 'GET',
      statusCodes: { 200: true },
      ...(query !== undefined && { options: { ...query } }),
      ...(stream === true && { isStream: true }),
      ...(signal !== undefined && { abortSignal: signal }),
    };
    docker.modem.dial(options, (error, reply) => (error === null ? resolve(reply as T) : reject(error)));
  });
