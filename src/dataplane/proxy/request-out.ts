import { stripPrefix } from '../../core/route/match.ts';
import type { RelayAsk } from './destination.ts';
import type { RequestHead } from './http1/request-head.ts';
import type { LiveRoute } from './live-table.ts';
import type { Client } from './peer.ts';
import { relayLine } from './relay/protocol.ts';
import type { RequestTarget } from './request-target.ts';

interface Outgoing {
  readonly head: RequestHead;
  readonly target: RequestTarget;
  readonly route: LiveRoute;
  readonly client: Client;
  readonly requestId: string;
  /** The target answers on one connection at a time: it need not wait for the end of this one. */
  readonly serial: boolean;
  /** It goes to another node's data plane, which passes it on as it is. */
  readonly ask?: RelayAsk | undefined;
}

/** The head a target gets: the client's own lines, and in place of those that ended here, the proxy's. */
export function requestOut({ head, target, route, client, requestId, serial, ask }: Outgoing): string {
  const strip = route.route.stripPrefix;
  const path = target.asterisk ? '*' : strip ? stripPrefix(route.path, target.path) : target.path;
  const left = strip && route.path !== '/' ? route.path : '';
  const prefix =
    ask !== undefined
      ? relayLine({ ...ask, client: client.address, prefix: left })
      : left && `X-Forwarded-Prefix: ${left}\r\n`;
  return (
    `${head.method} ${path}${target.query} HTTP/1.1\r\nHost: ${target.authority}\r\n${head.fields}${client.lines}${prefix}` +
    `X-Request-Id: ${requestId}\r\n${framingLine(head)}${head.asksWebSocket ? 'Connection: Upgrade\r\nUpgrade: websocket\r\n' : serial ? 'Connection: close\r\n' : ''}\r\n`
  );
}

function framingLine({ framing, expectContinue, hasBody }: RequestHead): string {
  const expect = expectContinue && hasBody ? 'Expect: 100-continue\r\n' : '';
  if (framing.chunked) return `Transfer-Encoding: chunked\r\n${expect}`;
  return framing.length < 0 ? '' : `Content-Length: ${framing.length}\r\n${expect}`;
}
