import type { IncomingHttpHeaders } from 'node:http';

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

/**
 * Whom a delivery came from, to count wrong signatures by. What came through the ingress names `api.domain`, and the ingress
 * adds its client's address last.
 */
export function senderAddress(headers: IncomingHttpHeaders, address: string, apiDomain: string | undefined): string {
  if (apiDomain === undefined || !LOOPBACK.test(address)) return address;
  if ((headers.host ?? '').toLowerCase().replace(/:\d+$/, '') !== apiDomain) return address;
  const forwarded = headers['x-forwarded-for'];
  const [client = ''] = (typeof forwarded === 'string' ? forwarded : '').split(',').slice(-1);
  return client.trim().slice(0, 64) || address;
}
