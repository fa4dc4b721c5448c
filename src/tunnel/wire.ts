import type { Duplex } from 'node:stream';
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
  NodeTarget,
  ReadLog,
} from '../core/nodes/wire.ts';

/**
 * `quick`: over the control connection, for what is answered at once. `patient`: over the bulk one, for streams of any length.
 * `relayed`: over one for requests alone: beside an image that is loaded, the kernel gives each its part of a slow link.
 */
export type Way = 'quick' | 'patient' | 'relayed';

/**
 * The way to one node, the same object as long as the port is open: the node's connections come and go under it. While the node
 * is away every call fails at once with `unavailable`, naming the node and why it is away.
 */
export interface Wire {
  readonly id: string;
  /** The first two connections are there, and the node has answered `hello` on both. */
  isUp(): boolean;
  /** When anything came from the node last, ms of a clock that is never set (`performance.now()`). Undefined before the first time. */
  lastHeard(): number | undefined;
  /** Of the last ping on the control connection, ms. */
  roundTrip(): number | undefined;
  /** The node's last answer to `hello`. */
  hello(): HelloReply | undefined;
  /**
   * A byte stream to a socket on the node, at once; what is written before the node has opened it is kept. It ends in each
   * direction by itself. A failure is its `error`, an OrcaError that names the node.
   */
  connect(target: NodeTarget, way: Way): Duplex;
  /** `GET /status`. Checked for its shape and size: a node may lie, but not confuse. */
  status(): Promise<NodeStatus>;
  /** `POST /checked` */
  tellCheck(check: NodeCheck): Promise<void>;
  /** `POST /certificate/request` */
  requestCertificate(): Promise<CertificateRequest>;
  /** `PUT /certificate`. The node uses it from its next connection on. */
  giveCertificate(certificate: NewCertificate): Promise<void>;
  /** `PUT /edge`. Answered once the node has it on its disk, and has tried. */
  giveEdge(edge: GivenEdge): Promise<EdgeReply>;
  /** `GET /subnets` */
  subnets(): Promise<readonly string[]>;
  /** `POST /signal` */
  signal(wish: NodeSignal): Promise<void>;
  /** `POST /logs/keep`. Rejects with `not_found` without such a container; the copy that was there stays then. */
  keepLog(wish: KeepLog): Promise<void>;
  /** `POST /logs/read`. Nothing is read ahead of the reader; one that is cut off fails. */
  readLog(query: ReadLog, signal?: AbortSignal): AsyncIterable<NodeLogLine>;
  /** `GET /logs` */
  listLogs(): Promise<readonly NodeLog[]>;
  /** `POST /logs/remove` */
  removeLog(task: string): Promise<void>;
}
