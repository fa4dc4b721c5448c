import type Docker from 'dockerode';
import { OrcaError } from '../core/errors.ts';
import type { Connection } from './connection.ts';
import { dial } from './dial.ts';
import { isReset, toOrcaError } from './docker-error.ts';

/** Runs calls on an engine: bounded in time, in the API version both sides speak, failures as OrcaErrors. */
export interface DockerClient {
  readonly url: string;
  /**
   * @param what the call as the end of "docker cannot ..."
   * @param run makes the call; it is made again once if a kept connection broke, unless `once`
   */
  call<T>(what: string, run: (docker: Docker, signal: AbortSignal) => Promise<T>, options?: CallOptions): Promise<T>;
  /** The API version in use, e.g. `1.41`. */
  api(): Promise<string>;
  /** Asks for the version again: the engine may be another one after a restart. */
  renegotiate(): Promise<string>;
}

export interface CallOptions {
  /** ms; 10 s by default. Does not bound the body of a stream. */
  readonly limit?: number | undefined;
  /** The call waits on purpose, or gives a stream: a connection of its own. */
  readonly patient?: boolean | undefined;
  /** Somebody types, and waits for what comes back: a connection of its own, beside those of long streams. */
  readonly live?: boolean | undefined;
  /** It must not take effect twice: not made again, and on a connection of its own, which cannot have gone stale. */
  readonly once?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Docker 20.10 */
export const OLDEST_API = '1.41';
/** Docker 28.3, the newest whose API orca's calls were checked against. */
export const NEWEST_API = '1.51';

export function createDockerClient(connection: Connection): DockerClient {
  let negotiated: Promise<string> | undefined;

  const negotiate = async (): Promise<string> => {
    const what = 'tell its version';
    const version = await bounded({ what, url: connection.url }, {}, (signal) => ask(connection, signal)).catch(
      (error: unknown) => {
        throw toOrcaError(what, connection.url, error);
      },
    );
    const api = chooseApi(version);
    connection.useApi(api);
    return api;
  };
  /** A failure is not kept: the next call asks again. */
  const renegotiate = (): Promise<string> => {
    const attempt = negotiate();
    negotiated = attempt;
    attempt.catch(() => {
      if (negotiated === attempt) negotiated = undefined;
    });
    return attempt;
  };

  return {
    get url() {
      return connection.url;
    },
    api: () => negotiated ?? renegotiate(),
    renegotiate,
    call: async (what, run, options = {}) => {
      await (negotiated ?? renegotiate());
      const docker =
        options.live === true
          ? connection.live
          : connection[options.patient === true || options.once === true ? 'patient' : 'quick'];
      const attempt = () => bounded({ what, url: connection.url }, options, (signal) => run(docker, signal));
      try {
        return await attempt().catch((error: unknown) =>
          isReset(error) && options.once !== true ? attempt() : Promise.reject(error),
        );
      } catch (error) {
        throw toOrcaError(what, connection.url, error);
      }
    },
  };
}

interface VersionAnswer {
  readonly Version: string;
  readonly ApiVersion: string;
  readonly MinAPIVersion?: string;
}

/** `GET /version`, without a version in the path. */
const ask = ({ quick }: Connection, signal: AbortSignal): Promise<VersionAnswer> => {
  const modem = Object.assign(Object.create(quick.modem), { version: undefined });
  return dial({ modem } as Docker, '/version', { signal });
};

/** The newest version that both speak. */
export function chooseApi({ Version, ApiVersion, MinAPIVersion = OLDEST_API }: VersionAnswer): string {
  if (compareApi(ApiVersion, OLDEST_API) < 0) {
    throw new OrcaError('not_yet_supported', `docker ${Version} is too old: it speaks API ${ApiVersion}`, {
      hint: `orca needs API ${OLDEST_API}, Docker 20.10 or newer`,
    });
  }
  if (compareApi(MinAPIVersion, NEWEST_API) > 0) {
    throw new OrcaError(
      'not_yet_supported',
      `docker ${Version} is too new: it asks for API ${MinAPIVersion} at least`,
      {
        hint: `this orca speaks API ${NEWEST_API} at most; a newer orca may know it`,
      },
    );
  }
  return compareApi(ApiVersion, NEWEST_API) < 0 ? ApiVersion : NEWEST_API;
}

function compareApi(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA - majorB || minorA - minorB;
}

const DEFAULT_LIMIT = 10_000;

interface Called {
  readonly what: string;
  readonly url: string;
}

/** Rejects at the limit whatever the call does: docker-modem never settles on a reply that is cut off. */
async function bounded<T>(called: Called, options: CallOptions, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { limit = DEFAULT_LIMIT, signal: outer } = options;
  outer?.throwIfAborted();
  const own = new AbortController();
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(tooLate(called, limit));
    own.abort();
  }, limit);
  const onAbort = () => {
    reject(outer?.reason);
    own.abort();
  };
  outer?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([run(own.signal), stopped]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', onAbort);
  }
}

const tooLate = ({ what, url }: Called, limit: number): OrcaError =>
  new OrcaError('unavailable', `docker at ${url} took longer than ${limit / 1000} s to ${what}`, {
    hint: 'it may be overloaded or stuck: see its log',
  });
