import type { CertificateSet } from '../../core/route/certificates.ts';
import type { Sign } from '../../core/route/contention.ts';
import type { ListChange } from '../../core/route/list-change.ts';
import type { CertificatesInUse, TargetHealth, TargetStats } from '../../core/route/protocol.ts';
import type { Table, TableId, Target } from '../../core/route/table.ts';
import type { TableChange } from '../../core/route/table-change.ts';
import type { RevisionTraffic } from '../../core/traffic/traffic.ts';
import type { ProxyLimits, ProxyTimeouts } from '../proxy/options.ts';
import type { RelayAddress, RelayIdentity } from '../proxy/relay/identity.ts';
import type { Reach } from '../proxy/relay/reach.ts';
import type { TlsIdentity } from '../proxy/tls/identity.ts';

/** What a supervisor tells its workers. */
export type ToWorker =
  | { readonly type: 'settings'; readonly settings: WorkerSettings }
  /** Answered with `using`; the next is not sent before, so a stopped worker has at most one waiting. */
  | {
      readonly type: 'state';
      /** Its first table. */
      readonly table?: Table | undefined;
      /** A later one than it was told last. */
      readonly change?: TableChange | undefined;
      /** Of what it was told last, at first of nothing. */
      readonly health: ListChange<TargetHealth>;
    }
  /** Tasks that answer on one connection at a time, all of them; and those to which kept connections are to be closed now. */
  | { readonly type: 'contention'; readonly serial: readonly string[]; readonly release: readonly string[] }
  /** A new certificate, for requests from node to node. The first is in the settings where there is one by then. */
  | { readonly type: 'relay'; readonly identity: RelayIdentity }
  /** Answered with `certificates`. The first set is in the settings. */
  | { readonly type: 'certificates'; readonly set: CertificateSet }
  /** With which TLS is served from the next handshake on. The first is in the settings. */
  | { readonly type: 'tls'; readonly identity: TlsIdentity }
  | { readonly type: 'accept' }
  /** Answered with `pong`. */
  | { readonly type: 'ping' }
  | { readonly type: 'stop'; readonly grace: number };

export type FromWorker =
  /** Loaded, and unprivileged if it began as root. */
  | { readonly type: 'loaded' }
  | { readonly type: 'pong' }
  /** The counters come along: requests that began on the former table are in them. */
  | { readonly type: 'using'; readonly table: TableId | null; readonly targets: readonly TargetStats[] }
  | { readonly type: 'stats'; readonly targets: readonly TargetStats[]; readonly idle?: string | undefined }
  /** Nobody is there. Of the start that the worker's table names: the supervisor may know a later one by now. */
  | ({ readonly type: 'down'; readonly error: string } & Pick<Target, 'task' | 'container' | 'startedAt' | 'address'>)
  | { readonly type: 'signs'; readonly signs: readonly Sign[] }
  /** What came since the last one, of the revisions that anything came to. */
  | { readonly type: 'traffic'; readonly revisions: readonly RevisionTraffic[] }
  /** It listens for other nodes' data planes, or why it cannot. */
  | { readonly type: 'relay'; readonly error?: string | undefined }
  /** Why it does not listen for connections to services of other nodes; without a reason it does. */
  | { readonly type: 'carry'; readonly error?: string | undefined }
  /** The data plane of a node cannot be connected to, why, and how it is otherwise; or it can again. */
  | ({ readonly type: 'reach'; readonly node: string } & Partial<Reach>)
  /** The set that it uses. */
  | ({ readonly type: 'certificates' } & CertificatesInUse)
  | { readonly type: 'lost-lines'; readonly count: number };

export interface WorkerSettings {
  readonly limits: ProxyLimits;
  readonly timeouts: ProxyTimeouts;
  readonly trustedProxies: readonly string[];
  readonly accessLog: boolean;
  /** A listening socket was handed down. */
  readonly listens: boolean;
  /** One for HTTPS was, too. */
  readonly https?: { readonly port: number; readonly identity: TlsIdentity } | undefined;
  /** Of the resolver, where there is one. */
  readonly names?: NamesSettings | undefined;
  /** To those that take requests. */
  readonly certificates?: CertificateSet | undefined;
  /** Undefined: nothing goes from node to node here. */
  readonly relay?: { readonly address: RelayAddress; readonly identity?: RelayIdentity | undefined } | undefined;
}

export interface NamesSettings {
  /** Where it answers. */
  readonly address: string;
  /** `address` or `address:port` of name servers for the outside world; none: the machine's own. */
  readonly servers: readonly string[];
}
