import { createServer, type Server, type Socket } from 'node:net';
import { CERTIFICATES, type CertificateSet } from '../../core/route/certificates.ts';
import { createLineSplitter } from '../../core/route/lines.ts';
import { createTableCheck, readToDataPlane } from '../../core/route/messages.ts';
import {
  CHANGES,
  CONTROL_PROTOCOL,
  type FromDataPlane,
  MAX_CONTROL_LINE,
  otherVersion,
  type ToDataPlane,
} from '../../core/route/protocol.ts';
import type { Table } from '../../core/route/table.ts';
import { applyTableChange, type TableChange } from '../../core/route/table-change.ts';
import type { Log } from '../../telemetry/log.ts';
import { createToldLists, type ToldLists } from './told-lists.ts';

/** The data plane's end of the control protocol: masters connect to it, and the one with the highest term is heard. */
export interface Control {
  listen(path: string): Promise<void>;
  /** Takes a connection to itself. */
  accept(socket: Socket): void;
  /** Something of this kind changed: every master is sent the whole of it, the slow ones only the last state. */
  push(...topics: readonly Topic[]): void;
  /** Masters that said hello and were not refused. */
  readonly masters: number;
  /** Who start the data plane again when it ends: masters, and others that said so. */
  readonly keepers: number;
  close(): void;
}

/** In the order they are sent: counters before the acknowledgement that they belong to. */
const TOPICS = ['stats', 'health', 'workers', 'traffic', 'relay', CERTIFICATES] as const;
export type Topic = (typeof TOPICS)[number];

export interface ControlOptions {
  readonly hello: Extract<FromDataPlane, { type: 'hello' }>;
  readonly snapshot: (topic: Topic) => FromDataPlane;
  /** Undefined: heard. Else why not, as a sentence. */
  readonly admit: (cluster: string, term: number) => string | undefined;
  readonly onMaster: () => void;
  readonly onTable: (table: Table) => void;
  /** What a master has signed, for requests from node to node. PEM. */
  readonly onRelay: (certificate: string, ca: readonly string[]) => void;
  readonly onCertificates: (set: CertificateSet) => void;
  readonly onStop: (grace: number) => void;
  readonly log: Log;
}

interface Link {
  readonly socket: Socket;
  /** Of the master, once it was admitted. */
  master: { readonly cluster: string; readonly term: number } | undefined;
  isKeeper: boolean;
  /** What it is told of. */
  topics: readonly Topic[];
  readonly owed: Set<Topic>;
  /** Where it wants changes. */
  lists: ToldLists | undefined;
  /** Given by it last, whether it is in use or not. */
  table: Table | undefined;
  readonly isTable: (value: unknown) => value is Table;
}

/** A master from before these takes a line of them for none of this protocol. */
const LATER: ReadonlySet<Topic> = new Set(['traffic', 'relay', CERTIFICATES]);
const topicsFor = (wants: readonly string[] = []): readonly Topic[] =>
  TOPICS.filter((topic) => !LATER.has(topic) || wants.includes(topic));

const MOST_LINKS = 16;
const HELLO_WITHIN = 5000;

export function createControl(options: ControlOptions): Control {
  const { log } = options;
  const links = new Set<Link>();

  const masters = (): Link[] => [...links].filter((link) => link.master !== undefined);

  const accept = (socket: Socket): void => {
    const link: Link = {
      socket,
      master: undefined,
      isKeeper: false,
      topics: [],
      owed: new Set(),
      lists: undefined,
      table: undefined,
      isTable: createTableCheck(),
    };
    links.add(link);
    const splitter = createLineSplitter(MAX_CONTROL_LINE);
    const impatience = setTimeout(() => {
      if (!link.master && !link.isKeeper) refuse(link, 'no hello came');
    }, HELLO_WITHIN);
    socket.on('data', (chunk) => {
      const lines = splitter.push(chunk);
      if (lines === 'too-long') return refuse(link, `a line is longer than ${MAX_CONTROL_LINE} bytes`);
      for (const line of lines) if (!socket.destroyed && links.has(link)) receive(link, line);
    });
    socket.on('drain', () => settleDebts(link));
    socket.on('error', () => {});
    socket.once('close', () => {
      clearTimeout(impatience);
      links.delete(link);
    });
    if (links.size > MOST_LINKS) refuse(link, `${MOST_LINKS} connections are open already`);
  };

  const receive = (link: Link, line: string) => {
    const message = readToDataPlane(line);
    if (!message) return refuse(link, 'a line is not a message of this protocol');
    if (message.type === 'hello') return greet(link, message);
    if (!link.master && !link.isKeeper) return refuse(link, 'the first message must be a hello');
    if (message.type === 'stop') return options.onStop(message.grace);
    if (!link.master) return refuse(link, 'only a master gives tables');
    if (message.type === 'relay') return options.onRelay(message.certificate, message.ca);
    if (message.type === 'certificates') return options.onCertificates(message.set);
    const table = message.type === 'table' ? message.table : changed(link, message.change);
    if (!table) return refuse(link, 'a change leads to no table from the one before');
    if (table.id.cluster !== link.master.cluster || table.id.term > link.master.term) {
      return refuse(link, 'the table is of another cluster, or of a later term than its master');
    }
    link.table = table;
    options.onTable(table);
  };

  const changed = ({ table, isTable }: Link, change: TableChange): Table | undefined => {
    const after = table && applyTableChange(table, change);
    return isTable(after) ? after : undefined;
  };

  const greet = (link: Link, { protocol, cluster, term, wants, as }: Extract<ToDataPlane, { type: 'hello' }>) => {
    if (protocol !== CONTROL_PROTOCOL) return refuse(link, otherVersion(CONTROL_PROTOCOL, protocol));
    if (as === 'keeper') {
      link.isKeeper = true;
      return send(link, options.hello);
    }
    const reason = options.admit(cluster, term);
    if (reason !== undefined) return refuse(link, reason);
    if (link.master?.term === term) return send(link, options.hello); // It asks whether somebody is there.
    link.master = { cluster, term };
    for (const other of masters()) {
      if ((other.master?.term ?? term) < term) refuse(other, `a master of term ${term} has taken over`);
    }
    log.info({ cluster, term }, 'a master has connected');
    send(link, options.hello);
    link.topics = topicsFor(wants);
    link.lists = wants?.includes(CHANGES) ? createToldLists() : undefined;
    for (const topic of link.topics) link.owed.add(topic);
    settleDebts(link);
    options.onMaster();
  };

  const refuse = ({ socket, master }: Link, reason: string): void => {
    log.warn({ reason, term: master?.term }, 'a control connection was refused');
    for (const link of links) if (link.socket === socket) links.delete(link);
    socket.end(`${JSON.stringify({ type: 'refused', reason } satisfies FromDataPlane)}\n`);
    setTimeout(() => socket.destroy(), 1000).unref();
  };

  const settleDebts = (link: Link) => {
    for (const topic of TOPICS) {
      if (link.socket.writableNeedDrain) return;
      if (link.owed.delete(topic)) tell(link, options.snapshot(topic));
    }
  };

  const server: Server = createServer(accept);
  return {
    accept,
    listen: (path) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(path, resolve);
      }),
    push(...topics) {
      for (const link of masters()) {
        for (const topic of topics) if (link.topics.includes(topic)) link.owed.add(topic);
        settleDebts(link);
      }
    },
    get masters() {
      return masters().length;
    },
    get keepers() {
      return [...links].filter((link) => link.master !== undefined || link.isKeeper).length;
    },
    close() {
      server.close();
      for (const { socket } of links) socket.destroySoon();
    },
  };
}

function tell(link: Link, message: FromDataPlane): void {
  const news = link.lists ? link.lists.next(message) : message;
  if (news) send(link, news);
}

const send = ({ socket }: Link, message: FromDataPlane): void => {
  socket.write(`${JSON.stringify(message)}\n`);
};
