import type { AccessRecord } from './access-log.ts';
import type { Contention } from './contention.ts';
import type { HttpChallenges } from './http-challenges.ts';
import type { LiveTable } from './live-table.ts';
import type { Looks } from './looks.ts';
import type { ProxyLimits, ProxyTimeouts } from './options.ts';
import type { FarNodes } from './relay/far-nodes.ts';
import type { TargetPool } from './target-pool.ts';
import type { Ticker } from './ticker.ts';
import type { CertificateBook } from './tls/certificate-book.ts';

/** What all connections of one proxy share. */
export interface ProxyContext {
  readonly limits: ProxyLimits;
  readonly timeouts: ProxyTimeouts;
  readonly ticker: Ticker;
  readonly looks: Looks;
  readonly contention: Contention;
  readonly table: LiveTable;
  readonly nodes: FarNodes;
  readonly challenges: HttpChallenges;
  readonly book: CertificateBook;
  /** Where HTTPS is served; undefined: nowhere. */
  readonly httpsPort: number | undefined;
  readonly pool: TargetPool;
  readonly requestId: (given: string) => string;
  readonly now: () => number;
  readonly log: ((record: AccessRecord) => void) | undefined;
  readonly targetDown: (task: string, error: string) => void;
  readonly onBug: (error: unknown) => void;
  /** Answers say `Connection: close` from now on. */
  draining: boolean;
}
