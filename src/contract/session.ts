/** The subprotocol of sessions: streams of a process over a WebSocket. */
export const SESSION_PROTOCOL = 'orca.exec.v1';

/** The first byte of a message says what it is. All messages are binary. */
export const FRAME = {
  /** To the server: bytes for the process's stdin. */
  stdin: 0,
  /** From the server: bytes that it wrote. */
  stdout: 1,
  stderr: 2,
  /** To the server: `{"rows": 24, "cols": 80}`, the size of the terminal. */
  resize: 3,
  /** From the server, the last one: `{"code": 0}`. `code` is null where it is not known; then `error` says why. */
  exit: 4,
  /** To the server: stdin has ended. Nothing follows the first byte. */
  endOfStdin: 5,
  /** To the server: `{"signal": "SIGINT"}`, for the process and its group. */
  signal: 6,
} as const;

/** The longest message that the server takes, bytes. */
export const LONGEST_MESSAGE = 256 * 1024;

/** Of the last message. */
export interface SessionExit {
  readonly code: number | null;
  readonly error?: string | undefined;
  readonly hint?: string | undefined;
}

/** Why the server closes a session. @see RFC 6455, section 7.4 */
export const CLOSE = {
  ended: 1000,
  badMessage: 1002,
  /** The token was removed or replaced; the process was ended. */
  refused: 1008,
  failed: 1011,
  /** The server stops or is replaced; the process was ended. */
  serverStops: 1012,
} as const;

export function frame(type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(payload.length + 1);
  bytes[0] = type;
  bytes.set(payload, 1);
  return bytes;
}

export const jsonFrame = (type: number, value: unknown): Uint8Array =>
  frame(type, new TextEncoder().encode(JSON.stringify(value)));

/** The value after the first byte; undefined for what is no JSON. */
export function jsonOf(message: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(message.subarray(1)));
  } catch {
    return undefined;
  }
}
