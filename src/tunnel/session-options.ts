import type { Way } from './wire.ts';

const KIB = 1024;

/**
 * Bytes that may be under way: of one stream, and of the connection. With Node's own windows one stream gets 1.2 MB/s at a round
 * trip of 50 ms. A stream whose reader is slow holds its window in memory; that of the connection is given back as bytes arrive,
 * so that such a stream holds up no other. On the control connection as much as a quick answer may have to wait behind;
 * on that for requests 5 MB/s for each at a round trip of 50 ms, as hundreds of them may stand still at once.
 */
export const WINDOWS: Readonly<Record<Way, { readonly stream: number; readonly session: number }>> = {
  quick: { stream: 512 * KIB, session: 1024 * KIB },
  patient: { stream: 8192 * KIB, session: 16_384 * KIB },
  relayed: { stream: 256 * KIB, session: 4096 * KIB },
};

/** Streams of one connection at once; further ones wait. */
const STREAMS = 2048;

/** For `http2.connect`, the same at both ends. */
export const sessionOptions = (way: Way) => ({
  settings: {
    initialWindowSize: WINDOWS[way].stream,
    maxConcurrentStreams: STREAMS,
    maxFrameSize: 64 * KIB,
    enablePush: false,
  },
  peerMaxConcurrentStreams: STREAMS,
  /** MB. Less would refuse streams while many have their windows full. */
  maxSessionMemory: 256,
});

/**
 * For `http2.performServerHandshake`. Streams that are opened and given up at once are no attack here: the master is the only one
 * who opens any.
 */
export const servedOptions = (way: Way) => ({
  ...sessionOptions(way),
  streamResetBurst: 1_000_000,
  streamResetRate: 1_000_000,
});
