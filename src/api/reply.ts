import type { SessionSocket } from './http/session-socket.ts';

/** What a handler answers. */
export type Reply = BodyReply | TextReply | StreamReply | SessionReply;

export interface BodyReply {
  readonly status: number;
  /** Sent as JSON. */
  readonly body: unknown;
}

export interface TextReply {
  readonly status: 200;
  /** Without its charset, which is UTF-8. */
  readonly type: string;
  readonly text: string;
}

export interface StreamReply {
  readonly status: 200;
  readonly type: 'text/plain' | 'text/event-stream' | 'application/x-ndjson';
  /** Read as fast as the client reads; ended (`return`) when the client goes away. */
  readonly stream: AsyncIterable<string>;
}

/** The request becomes a WebSocket. */
export interface SessionReply {
  readonly status: 101;
  /** Goes on after the answer, for as long as it takes; it does not reject. */
  readonly session: (socket: SessionSocket) => Promise<void>;
  /** It did not become one. */
  readonly abandon: () => void;
}

export const ok = (body: unknown): BodyReply => ({ status: 200, body });
