import type { Entry } from '../entry.ts';
import type { RequestHead } from '../http1/request-head.ts';
import { LiveRoute, type LiveTable } from '../live-table.ts';
import type { ProxyLimits } from '../options.ts';
import type { Client } from '../peer.ts';
import { REFUSALS } from '../refusal.ts';
import type { RequestTarget } from '../request-target.ts';
import { readRelayLine, takenOut } from './protocol.ts';
import { RevisionPool } from './revision-pool.ts';

/** The limits of this node's own clients were kept to by the one that passes a request on, or it has others. */
const MOST = { headBytes: 1024 * 1024, targetBytes: 1024 * 1024, headerCount: 1_000, bodyBytes: 0 };

/** From the data plane of another node, for tasks of this one. It is never passed on again. */
export class RelayEntry implements Entry {
  readonly limits: ProxyLimits;
  readonly counts = false;
  readonly patient = false;
  readonly unmatched = REFUSALS.noTarget;
  readonly #table: LiveTable;
  readonly #node: string;

  /** @param node id of the one that passes requests on */
  constructor(table: LiveTable, limits: ProxyLimits, node: string) {
    this.#table = table;
    this.#node = node;
    this.limits = { ...limits, ...MOST };
  }

  match(head: RequestHead, { host }: RequestTarget): LiveRoute | undefined {
    const asked = readRelayLine(head.relay);
    const pool = asked && this.#table.takesFrom(this.#node) ? this.#table.pool(asked.pool) : undefined;
    if (asked === undefined || pool === undefined) return undefined;
    const route = { host, path: '/', stripPrefix: false, pool: asked.pool };
    return new LiveRoute(route, new RevisionPool(pool, asked.revision));
  }

  /** That was said where the request came in. */
  answerTo(): undefined {}

  linesFor(): string {
    return '';
  }

  /** As the other data plane says it: it has decided what of that is believed. */
  clientOf(head: RequestHead): Client {
    const { client = '', prefix = '' } = readRelayLine(head.relay) ?? {};
    return {
      address: client,
      lines:
        `X-Forwarded-For: ${head.forwardedFor}\r\nX-Real-IP: ${client}\r\nX-Forwarded-Proto: ${head.forwardedProto}\r\n` +
        `X-Forwarded-Port: ${head.forwardedPort}\r\nX-Forwarded-Host: ${head.forwardedHost}\r\n` +
        (prefix === '' ? '' : `X-Forwarded-Prefix: ${prefix}\r\n`),
    };
  }

  taken({ pool }: LiveRoute, task: string): string {
    return takenOut(task, pool instanceof RevisionPool ? pool.ready : 1);
  }
}
