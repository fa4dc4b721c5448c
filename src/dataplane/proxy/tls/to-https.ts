import type { ProxyContext } from '../context.ts';
import type { LiveRoute } from '../live-table.ts';
import { OwnAnswer } from '../own-answer.ts';
import type { RequestTarget } from '../request-target.ts';

const STANDARD = 443;

/** Where a request in the clear is sent on to; undefined where it is served as it is: always, while nobody listens for HTTPS. */
export function toHttps(
  { book, httpsPort }: Pick<ProxyContext, 'book' | 'httpsPort'>,
  { host, path, query, asterisk }: RequestTarget,
  route: LiveRoute,
): OwnAnswer | undefined {
  const redirect = route.route.tls?.redirect ?? 'certified';
  const isWanted = redirect === 'always' || (redirect === 'certified' && book.vouchesFor(host));
  if (httpsPort === undefined || asterisk || !isWanted) return undefined;
  const place = `https://${host}${httpsPort === STANDARD ? '' : `:${httpsPort}`}${path}${query}`;
  // 308: the method and the body go along (RFC 9110 section 15.4.9).
  return new OwnAnswer(308, 'to-https', { body: `${place}\n`, lines: `Location: ${place}\r\n` });
}
