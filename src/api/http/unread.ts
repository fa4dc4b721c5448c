import type { ServerResponse } from 'node:http';

/** An answer of which nothing is taken for so long is cut: it is held in memory until then, ms. */
const UNREAD = 60_000;

/** For answers that are written whole: nothing else keeps their connection silent. */
export function cutUnread(response: ServerResponse, after = UNREAD): void {
  response.setTimeout(after, () => response.destroy());
}
