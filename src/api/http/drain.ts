import type { IncomingMessage } from 'node:http';

/** A refused body of this size is read and dropped, so that the client gets to read the refusal. */
const LINGER_BYTES = 1024 * 1024;
const LINGER_TIME = 2_000;

/** False if the rest of the body is more than is worth reading: the connection cannot be kept. */
export function drain(request: IncomingMessage): Promise<boolean> {
  if (request.complete || request.destroyed) return Promise.resolve(request.complete);
  return new Promise((resolve) => {
    let bytes = 0;
    const timer = setTimeout(() => done(false), LINGER_TIME);
    const done = (whole: boolean) => {
      clearTimeout(timer);
      request.off('data', count).pause();
      resolve(whole);
    };
    const count = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > LINGER_BYTES) done(false);
    };
    request
      .on('data', count)
      .once('end', () => done(true))
      .once('close', () => done(false));
  });
}
