/**
 * The same at both ends. Windows of this size: with Node's own, one stream gets 1.2 MB/s at a round trip of 50 ms. A window is what
 * a stream whose reader is slow may hold in memory; that of the connection is given back as bytes arrive, so that such a stream
 * holds up no other.
 */
export const WINDOW = { stream: 4 * 1024 * 1024, session: 16 * 1024 * 1024 } as const;

/** Streams of one connection at once; further ones wait. */
const STREAMS = 2048;

/** For `http2.connect` and `http2.performServerHandshake`. */
export const SESSION_OPTIONS = {
  settings: {
    initialWindowSize: WINDOW.stream,
    maxConcurrentStreams: STREAMS,
    maxFrameSize: 64 * 1024,
    enablePush: false,
  },
  peerMaxConcurrentStreams: STREAMS,
  /** MB. Less would refuse streams while many have their windows full. */
  maxSessionMemory: 256,
};

/** Streams that are opened and given up at once are no attack here: the master is the only one who opens any. */
export const SERVED_OPTIONS = { ...SESSION_OPTIONS, streamResetBurst: 1_000_000, streamResetRate: 1_000_000 };
