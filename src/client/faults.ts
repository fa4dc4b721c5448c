import { dirname } from 'node:path';
import { ERROR_STATUS } from '../contract/error-status.ts';
import { type ErrorCode, OrcaError } from '../core/errors.ts';
import type { Call } from './call.ts';
import { socketPathOf } from './unix-address.ts';

/** Why no answer came, in a sentence. What was never sent is `unavailable`; what may have been done is `timeout`. */
export function connectionError(api: string, call: Call, error: NodeJS.ErrnoException): OrcaError {
  if (error instanceof OrcaError) return error;
  const code = error.code ?? '';
  const path = socketPathOf(api);
  if (path !== undefined && isSocketFault(code)) return socketError(path, code, error);
  const why = NOT_REACHED[code];
  if (why) return new OrcaError('unavailable', why.message(api), { cause: error, hint: why.hint });
  if (code.startsWith('HPE_')) return notOrca(api, error);
  if (/CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|TLS|SSL/.test(code)) {
    return new OrcaError('unavailable', `no trusted connection to ${api}: ${error.message}`, {
      cause: error,
      hint: 'a certificate authority of your own is named in NODE_EXTRA_CA_CERTS',
    });
  }
  return lostError(api, call, error.message, error);
}

/**
 * Why a unix socket could not be opened.
 * @param code the system's, such as ENOENT
 */
export function socketError(path: string, code: string, cause?: unknown): OrcaError {
  const { kind, message, hint } = NOT_OPENED[code]?.(path) ?? {
    kind: 'unavailable',
    message: `cannot open ${path}: ${code}`,
    hint: 'set ORCA_API and ORCA_TOKEN to reach the server over TCP',
  };
  return new OrcaError(kind, message, { cause, hint });
}

/** The connection ended before the whole answer was there. */
export function lostError(api: string, { method }: Call, why: string, cause?: unknown): OrcaError {
  const message = `the connection to ${api} was lost: ${why}`;
  return method === 'GET'
    ? new OrcaError('unavailable', message, { cause, details: { lost: true } })
    : new OrcaError('timeout', message, {
        cause,
        hint: 'whether it was done is unknown: look with `orca status`',
        details: { lost: true },
      });
}

/** Something answers, but it does not speak like an orca server. */
export const notOrca = (api: string, cause?: unknown): OrcaError =>
  new OrcaError('unavailable', `what answers at ${api} is not an orca server`, {
    cause,
    hint: 'is this the address of its API (port 6880 unless set otherwise)?',
  });

/** True when the server may have done, or still be doing, what it was asked. */
export const isLost = (error: unknown): boolean => error instanceof OrcaError && error.details?.['lost'] === true;

/**
 * An answer of 400 and above as an error: the body's own sentence, code and hint, else what the status says.
 * @param body as received; it may come from something in between and be anything
 */
export function answerError(api: string, status: number, body: string): OrcaError {
  const told = readBody(body);
  if (!told) return unreadable(api, status);
  const { request_id } = told;
  const details = { ...told.details, status, ...(request_id === undefined ? {} : { request_id }) };
  if (status === 500) {
    const place = request_id === undefined ? '' : `, under the request ${request_id}`;
    return new OrcaError('unavailable', `the server failed: ${told.error}`, {
      hint: `this is a bug: the cause is in the log of the server${place}`,
      details: { ...details, code: 'internal' },
    });
  }
  return new OrcaError(codeOf(status, told.code), told.error, { hint: told.hint, details });
}

interface Told {
  readonly error: string;
  readonly code?: string;
  readonly hint?: string;
  readonly request_id?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

function readBody(body: string): Told | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const told = typeof value === 'object' && value !== null && 'error' in value && typeof value.error === 'string';
    return told ? (value as Told) : undefined;
  } catch {
    return undefined;
  }
}

const unreadable = (api: string, status: number): OrcaError =>
  status >= 502 && status <= 504
    ? new OrcaError('unavailable', `a proxy before ${api} answered ${status}`, { details: { status } })
    : notOrca(api);

/** The server's own code where this client knows it: a newer server may have others. */
const codeOf = (status: number, code: string | undefined): ErrorCode =>
  code !== undefined && code in ERROR_STATUS ? (code as ErrorCode) : (BY_STATUS[status] ?? 'unavailable');

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  ...Object.fromEntries(Object.entries(ERROR_STATUS).map(([code, status]) => [status, code as ErrorCode])),
  422: 'invalid',
};

const away = (hint: string) => ({ message: (api: string) => `the server does not answer at ${api}`, hint });
const noHost = {
  message: (api: string) => `cannot find the host ${new URL(api).hostname}`,
  hint: 'is ORCA_API right?',
};

/** Errors that come before a byte of the request was sent. */
const NOT_REACHED: Readonly<Record<string, { readonly message: (api: string) => string; readonly hint: string }>> = {
  ECONNREFUSED: away('is `orca server` running?'),
  EHOSTUNREACH: away('the host cannot be reached'),
  ENETUNREACH: away('the network cannot be reached'),
  ENOTFOUND: noHost,
  EAI_AGAIN: noHost,
};

interface SocketFault {
  readonly kind: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

const notRunning = (path: string): SocketFault => ({
  kind: 'unavailable',
  message: `the server does not run: nothing listens on ${path}`,
  hint: `start it with \`orca server --data ${dirname(path)}\`, or name another data folder with --data`,
});

/** Errors of connect(2) on a unix socket. */
const NOT_OPENED: Readonly<Record<string, (path: string) => SocketFault>> = {
  ENOENT: notRunning,
  ENOTDIR: notRunning,
  ECONNREFUSED: notRunning,
  EACCES: (path) => ({
    kind: 'forbidden',
    message: `permission denied on ${path}`,
    hint: 'run as its owner, or set ORCA_API and ORCA_TOKEN',
  }),
  EAGAIN: (path) => ({
    kind: 'unavailable',
    message: `the server does not accept connections on ${path}: its queue is full`,
    hint: 'try again in a few seconds',
  }),
};

const isSocketFault = (code: string): boolean => NOT_OPENED[code] !== undefined;
