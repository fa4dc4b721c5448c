/**
 * How a node and its master speak. The node dials the master's node port with TLS 1.3 and says by ALPN (RFC 7301) what for:
 *
 * - `orca-join/1`: it has no certificate yet. The master says one line of JSON first, a `JoinGreeting`; the node may leave then, with
 *   its secret unspent. Or it sends one line, a `JoinRequest`, and gets one, a `JoinReply`.
 * - `orca-control/1`, `orca-bulk/1`, `orca-requests/1`: it shows its certificate. From then on it is the server of HTTP/2 on that connection,
 *   and the master the client (reverse HTTP/2): `POST /hello` first, then what `NodePath` lists, and CONNECT to `NodeTarget`s.
 *   Calls that are answered at once go over the first, streams of any length over the second, and requests for tasks of a node
 *   that no ingress can connect to over the third. A node is up without the third, which earlier versions of orca do not have.
 */
export const ALPN = {
  join: 'orca-join/1',
  control: 'orca-control/1',
  bulk: 'orca-bulk/1',
  requests: 'orca-requests/1',
} as const;

/** Of the node port unless set otherwise. */
export const NODE_PORT = 6881;

/**
 * The one name (SAN) that the certificate of a master has, and that of a node never: a node believes who shows it, wherever it
 * reached it. So a node cannot pass for the master, and a master may have any address.
 */
export const MASTER_NAME = 'master.orca.internal';

/** Version of all that is below. */
export const WIRE_PROTOCOL = 1;

/** A line of the join, at most, bytes. */
export const MAX_JOIN_LINE = 64 * 1024;

/** Times, ms. */
export const PING_EVERY = 2_000;
/** Nothing heard for so long: both ends give the connection up. */
export const SILENT_FOR = 8_000;
export const FIRST_RECONNECT = 1_000;
export const LONGEST_RECONNECT = 5_000;

export interface JoinGreeting {
  readonly protocol: number;
  readonly version: string;
  /** Epoch ms, of the master's clock: shown, never decided on. */
  readonly now: number;
}

export interface JoinRequest {
  readonly protocol: number;
  /** The node that has used one, by id and key, may use it again within its time: the reply may have been lost. */
  readonly secret: string;
  /** Wanted; by default the machine's host name. */
  readonly name: string;
  /** The node's own random id: 16 of `a-z2-7`. */
  readonly id: string;
  /** PKCS #10 (RFC 2986), PEM; what it says of a subject does not count. */
  readonly csr: string;
  /** A node of this name may be replaced by this one. */
  readonly replace: boolean;
  /** Epoch ms, of the node's clock: shown, never decided on. */
  readonly now: number;
  readonly version: string;
}

export type JoinReply =
  | {
      readonly type: 'joined';
      readonly cluster: string;
      readonly id: string;
      readonly name: string;
      /** PEM, signed by the first of `ca`. */
      readonly certificate: string;
      /** PEM, all that are in force. */
      readonly ca: readonly string[];
      /** Epoch ms, of the master's clock. */
      readonly now: number;
    }
  | {
      readonly type: 'refused';
      readonly code: JoinRefusal;
      readonly message: string;
      readonly hint?: string | undefined;
    };

/** `secret`: unknown, used up or over. `name`: another node has it. `protocol`: too old or too new. */
export type JoinRefusal = 'secret' | 'name' | 'protocol' | 'invalid' | 'unavailable';

/** What a master may ask a node over HTTP/2, JSON both ways. Anything else is refused with 404. */
export type NodePath =
  | '/hello'
  | '/status'
  | '/checked'
  | '/certificate/request'
  | '/certificate'
  | '/edge'
  | '/subnets'
  | '/signal'
  | '/logs'
  | '/logs/keep'
  | '/logs/read'
  | '/logs/remove';

/** `POST /hello`, the first request on each connection: until it is answered with 200 there is no other. */
export interface Hello {
  readonly protocol: number;
  readonly cluster: string;
  /** The node serves the highest it has seen, and no lower one: 409 with the one it knows. */
  readonly term: number;
  readonly version: string;
}

export interface HelloReply {
  readonly protocol: number;
  readonly id: string;
  readonly version: string;
}

/** `GET /status`. */
export interface NodeStatus {
  /** Epoch ms, of the node's clock. */
  readonly now: number;
  readonly version: string;
  readonly address: string;
  /** A master has run and answered a container there. Until then each that finds the node up tries, and says `/checked`. */
  readonly checked: boolean;
  /** Of the machine; bytes, cores. */
  readonly memory: { readonly total: number; readonly free: number };
  readonly cpus: number;
  /** Milliseconds that all CPUs have been busy, and have run, since the machine started. An earlier agent does not tell. */
  readonly cpu?: { readonly busy: number; readonly total: number } | undefined;
  /** Load of the last minute. */
  readonly load: number;
  /** Where Docker keeps its data, if that can be seen. */
  readonly disk?: { readonly path: string; readonly total: number; readonly free: number } | undefined;
  /** Why Docker does not answer there, as a sentence. */
  readonly dockerProblem?: string | undefined;
  /** What its data plane and its edge network lack, sentences as in `EdgeReply`; undefined before a master has told it of its edge. */
  readonly edgeProblems?: readonly string[] | undefined;
}

/** `POST /checked`: what came of it; `orca join` waits for that. */
export interface NodeCheck {
  /** Why no container could be run and answered there, as a sentence; none if it was. */
  readonly problem?: string | undefined;
}

/** `POST /certificate/request`: a CSR for the key that it will use. `PUT /certificate`: a certificate for it, and the CAs in force. */
export interface CertificateRequest {
  readonly csr: string;
}

export interface NewCertificate {
  readonly certificate: string;
  readonly ca: readonly string[];
}

/**
 * `PUT /edge`: the edge network that a master has made there, and what the node is to be. The node keeps it, and by it alone starts its
 * data plane and locks the network, also after a reboot with the master away. Safe to repeat; the last one counts.
 */
export interface GivenEdge {
  /** As Docker knows it. */
  readonly network: string;
  /** IPv4, as `10.208.4.0/22`. */
  readonly subnet: string;
  /** The machine's address on it: there its containers ask for names. */
  readonly gateway: string;
  /** Its interface on the machine. */
  readonly bridge: string;
  /** Requests from outside are taken there: its data plane listens where the node's own settings say. */
  readonly ingress: boolean;
}

export interface EdgeReply {
  /** What is not as it should be, a sentence each; it is tried again, and `NodeStatus.edgeProblems` tells how it stands later. */
  readonly problems: readonly string[];
}

/** `GET /subnets`: IPv4 subnets that the machine has addresses in or routes to, as `10.0.0.0/8`: no network of orca may overlap one. */
export interface NodeSubnets {
  readonly subnets: readonly string[];
}

/** `POST /signal`: to a process in a container of the cluster, which Docker has no call for. */
export interface NodeSignal {
  /** Id of its container. */
  readonly container: string;
  /** As the node's Docker counts processes. */
  readonly pid: number;
  /** As `SIGTERM`. */
  readonly signal: string;
}

/** `POST /logs/keep`: copies the log of a container that has ended, on the node, over the copy that is there; 404 without such a container. */
export interface KeepLog {
  /** The container's name. */
  readonly task: string;
  /** Its last lines. */
  readonly tail: number;
}

/** `POST /logs/read`: the copy of a log, a JSON array `[at, stream, text]` a line, oldest first; nothing where there is none. */
export interface ReadLog {
  readonly task: string;
  /** Last lines only. */
  readonly tail?: number | undefined;
  /** Epoch ms, of the node's Docker. */
  readonly since?: number | undefined;
}

export interface NodeLogLine {
  readonly at: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** `GET /logs`: each copy that the node has, a JSON object a line. */
export interface NodeLog {
  readonly task: string;
  /** When it was made: epoch ms, of the node's clock. */
  readonly at: number;
  readonly bytes: number;
}

/** `POST /logs/remove`: no error where there is none. */
export interface RemoveLog {
  readonly task: string;
}

/**
 * What CONNECT (RFC 9113, 8.5) opens a byte stream to: `:authority` is one of these, anything else is refused with 403. `ingress` is
 * the control socket of the node's data plane, `relay` where that takes requests of other nodes' data planes: TLS between these
 * two, so neither the master nor the agent sees more than how much goes by.
 */
export type NodeTarget = 'docker' | 'ingress' | 'relay';
