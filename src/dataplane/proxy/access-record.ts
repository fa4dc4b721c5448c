import type { AccessRecord } from './access-log.ts';
import type { Exchange } from './exchange.ts';
import type { Fault } from './http1/fault.ts';
import type { Peer } from './peer.ts';

interface End {
  readonly now: number;
  /** Bytes of the bodies. */
  readonly in: number;
  readonly out: number;
}

export function recordOf(exchange: Exchange, peer: Peer, end: End): AccessRecord {
  const { began, requestId, head, target, route, status, task, error, dispatch } = exchange;
  return {
    time: began,
    ms: end.now - began,
    id: requestId,
    client: exchange.client?.address ?? peer.address,
    scheme: peer.scheme,
    method: head.method,
    host: target?.host ?? '',
    path: target?.path ?? '',
    status,
    in: end.in,
    out: end.out,
    service: route?.pool.service ?? '',
    task,
    tries: dispatch.tries,
    error,
  };
}

/** Of a request whose head was not taken. */
export function recordOfRefused({ status, code }: Fault, peer: Peer, id: string, now: number): AccessRecord {
  const unknown = { method: '', host: '', path: '', in: 0, out: 0, service: '', task: '', tries: 0 };
  return { time: now, ms: 0, id, client: peer.address, scheme: peer.scheme, status, error: code, ...unknown };
}
