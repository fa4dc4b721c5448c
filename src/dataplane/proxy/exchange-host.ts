import type { Socket } from 'node:net';
import type { ProxyContext } from './context.ts';
import type { Entry } from './entry.ts';
import type { Fault } from './http1/fault.ts';
import type { ResponseHead } from './http1/response-head.ts';
import type { TargetConnection } from './target-connection.ts';

/** What an exchange asks of its client's connection. */
export interface ExchangeHost {
  readonly socket: Socket;
  readonly entry: Entry;
  readonly context: ProxyContext;
  /** When `onDeadline` is due, on the ticker. */
  deadline: number;
  /** More of the body can be taken. */
  readOn(): void;
  /** The answer is whole. @param keep the connection can carry another request */
  onDone(keep: boolean): void;
  /** The answer cannot be completed: the client must see that. */
  onCut(): void;
  /** Answer in the proxy's own words. */
  onRefused(fault: Fault, keep: boolean): void;
  onSwitched(connection: TargetConnection, head: ResponseHead, rest: Buffer | undefined): void;
}
