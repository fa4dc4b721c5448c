import type {
  CertificateRequest,
  EdgeReply,
  GivenEdge,
  HelloReply,
  KeepLog,
  NewCertificate,
  NodeCheck,
  NodeLog,
  NodeLogLine,
  NodeSignal,
  NodeStatus,
  NodeSubnets,
  NodeTarget,
  ReadLog,
} from '../core/nodes/wire.ts';
import type { TlsIdentity } from './tls-identity.ts';
import type { TunnelLog } from './tunnel-log.ts';

/** What `createDialer` is given. */
export interface DialerOptions {
  /** The master's node port; asked before each attempt. */
  readonly master: () => { readonly host: string; readonly port: number };
  /** Asked before each attempt. */
  readonly tls: () => TlsIdentity;
  /** Id of the cluster that the node joined: a master of another one is refused. */
  readonly cluster: string;
  /** What may be reached, and nothing else. */
  readonly targets: Readonly<Partial<Record<NodeTarget, LocalPlace>>>;
  readonly answer: NodeAnswers;
  readonly terms: SeenTerms;
  /** Both connections are there and greeted, or not any more, and why not, as a sentence. */
  readonly onChange?: ((state: { readonly up: boolean; readonly problem?: string | undefined }) => void) | undefined;
  readonly log: TunnelLog;
}

/** The path of a Unix socket; or where TCP is listened on, undefined while nothing is. */
export type LocalPlace = string | (() => { readonly host: string; readonly port: number } | undefined);

export interface NodeAnswers {
  hello(): Pick<HelloReply, 'id' | 'version'>;
  status(): Promise<NodeStatus>;
  /** What came of the master's check: told to `orca join`, and kept. */
  checked(check: NodeCheck): Promise<void>;
  certificateRequest(): Promise<CertificateRequest>;
  /** Rejects with an OrcaError if it does not fit; the master is told so. */
  certificate(given: NewCertificate): Promise<void>;
  /** Resolves once it is on the disk, and was tried. */
  edge(given: GivenEdge): Promise<EdgeReply>;
  subnets(): Promise<NodeSubnets>;
  /** Rejects with an OrcaError, as all that follow do; the master is told its message, and whether it is `not_found`. */
  signal(wish: NodeSignal): Promise<void>;
  keepLog(wish: KeepLog): Promise<void>;
  readLog(query: ReadLog): AsyncIterable<NodeLogLine>;
  listLogs(): Promise<readonly NodeLog[]>;
  removeLog(task: string): Promise<void>;
}

/** The highest term that any master has greeted this node with. */
export interface SeenTerms {
  highest(): number;
  /** Resolves once it is safe on the disk: the master is not served before that. */
  remember(term: number): Promise<void>;
}

/** The node's end. It is up without its connection for requests, which a master of an earlier version does not take. It dials from its start on, and again whenever a connection is lost. */
export interface Dialer {
  isUp(): boolean;
  close(): Promise<void>;
}
