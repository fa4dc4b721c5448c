import type { Download } from './download.ts';
import type { RequestHead } from './http1/request-head.ts';
import type { ProxyTimeouts } from './options.ts';
import type { Upload } from './upload.ts';

/** How long an exchange may go on as it stands before something else must have happened, ms. */
export function nextTimeout(
  timeouts: ProxyTimeouts,
  request: RequestHead,
  upload: Upload | undefined,
  download: Download | undefined,
): number {
  if (download?.blocked) return timeouts.downloadIdle;
  if (download?.head?.eventStream) return Number.POSITIVE_INFINITY;
  if (upload?.done === false) {
    const waitsForTarget = request.expectContinue && upload.bytes === 0;
    return waitsForTarget ? timeouts.responseWait : timeouts.uploadIdle;
  }
  if (download?.head !== undefined) return timeouts.responseIdle;
  return request.asksWebSocket ? timeouts.wsHandshake : timeouts.responseWait;
}
