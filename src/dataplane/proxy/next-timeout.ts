import type { Download } from './download.ts';
import type { Fault } from './http1/fault.ts';
import type { RequestHead } from './http1/request-head.ts';
import type { ProxyTimeouts } from './options.ts';
import { REFUSALS } from './refusal.ts';
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
    return waitsForContinue(request, upload, download) ? timeouts.responseWait : timeouts.uploadIdle;
  }
  if (download?.head !== undefined) return timeouts.responseIdle;
  return request.asksWebSocket ? timeouts.wsHandshake : timeouts.responseWait;
}

/** Who is late: the target takes nothing, the client sends nothing, or the target says nothing. */
export function latenessOf(request: RequestHead, upload: Upload | undefined, download: Download | undefined): Fault {
  const uploading = upload?.done === false && download?.head === undefined;
  if (!uploading || waitsForContinue(request, upload, download)) return REFUSALS.answerTimeout;
  return upload.blocked ? REFUSALS.uploadTimeout : REFUSALS.bodyTimeout;
}

/** The client holds its body back until the target wants it (RFC 9110 section 10.1.1): it is the target that is slow. */
const waitsForContinue = (request: RequestHead, upload: Upload, download: Download | undefined): boolean =>
  request.expectContinue && !upload.begun && download?.continued !== true && download?.head === undefined;
