import type { ProxyContext } from '../context.ts';
import { ClientEntry } from '../entry.ts';
import type { Fault } from '../http1/fault.ts';
import type { RequestHead } from '../http1/request-head.ts';
import type { LiveRoute } from '../live-table.ts';
import type { Peer } from '../peer.ts';
import { REFUSALS } from '../refusal.ts';
import type { RequestTarget } from '../request-target.ts';
import { plainName } from './certificate-book.ts';

/** From a client by TLS. */
export class SecureEntry extends ClientEntry {
  readonly #book: ProxyContext['book'];
  /** Whom the connection was made for; '' where the client named nobody. */
  readonly #name: string;

  constructor(context: ProxyContext, peer: Peer, name: string) {
    super(context, peer);
    this.#book = context.book;
    this.#name = plainName(name);
  }

  /** Other names come on a connection only where its certificate is theirs, too (RFC 9110 section 15.5.20). */
  override answerTo(_head: RequestHead, { host }: RequestTarget): Fault | undefined {
    if (this.#name === '' || this.#name === host) return undefined;
    const shown = this.#book.find(this.#name);
    return shown !== undefined && shown === this.#book.find(host) ? undefined : REFUSALS.misdirected;
  }

  override linesFor(route: LiveRoute | undefined): string {
    const hsts = route?.route.tls?.hsts;
    return hsts === undefined ? '' : `Strict-Transport-Security: ${hsts}\r\n`;
  }
}
