import type { Duplex } from 'node:stream';
import { CERTIFICATES, type CertificateSet } from '../../core/route/certificates.ts';
import { createLineSplitter } from '../../core/route/lines.ts';
import { readFromDataPlane } from '../../core/route/messages.ts';
import {
  CHANGES,
  CONTROL_PROTOCOL,
  type FromDataPlane,
  MAX_CONTROL_LINE,
  type ToDataPlane,
  versionIn,
} from '../../core/route/protocol.ts';
import type { Table } from '../../core/route/table.ts';
import { changeBetween } from '../../core/route/table-change.ts';
import { EARLIEST_PROTOCOL, tableFor, type Version1Table } from '../../core/route/versions.ts';
import { createHeardLists } from './heard-lists.ts';
import { createSilence, type Silence } from './silence.ts';

/** One connection to the control socket at a time, made again whenever it is lost. */
export interface Connection {
  start(): void;
  /**
   * Sent as soon as the data plane has taken what was sent before; of several that wait only the last. Sent again on each
   * connection. Returns the one that it replaces, if that was never sent.
   */
  publish(table: Table): Table | undefined;
  /** To a data plane that has said hello, and told a key. */
  certify(certificate: string, ca: readonly string[]): void;
  /** Sent now if the data plane takes them, and again on each connection. */
  useCertificates(set: CertificateSet): void;
  stopDataPlane(grace: number): void;
  /** A process has the other end, whether it has said anything or not. */
  isOpen(): boolean;
  close(): void;
}

export type Dial = () => ControlStream;

/** A socket, or what does as one. It fails with an `error`, and closes. */
export type ControlStream = Duplex & { readonly connecting?: boolean };

/** Between two tries to connect, ms: twice as long after each, up to the longest. */
export interface Pauses {
  readonly first: number;
  readonly longest: number;
}

export type DataPlaneHello = Extract<FromDataPlane, { type: 'hello' }>;
export type RelayReport = Extract<FromDataPlane, { type: 'relay' }>;
type Report = Exclude<FromDataPlane, { type: 'hello' | 'refused' | 'health-change' | 'stats-change' }>;

export interface ConnectionOptions {
  readonly cluster: string;
  readonly term: number;
  /** Not a master: see `ToDataPlane`. It publishes nothing. */
  readonly as?: 'keeper' | undefined;
  /** Opens the control socket. */
  readonly dial: Dial;
  /** Those for a socket of this machine unless given. */
  readonly pauses?: Pauses | undefined;
  /** Ms on a clock that is never set. */
  readonly steady?: (() => number) | undefined;
  /** A data plane that says nothing for so long is asked whether it is there, and has as long to answer, ms. */
  readonly lookEvery?: number | undefined;
  readonly onHello: (hello: DataPlaneHello) => void;
  readonly onMessage: (message: Report) => void;
  readonly onRefused: (reason: string) => void;
  /**
   * It does not answer, greeted or not. The connection is kept: a process that is stopped goes on where it was, and one that
   * ends closes it. To connect again would fill the queue of a socket that nobody accepts on.
   */
  readonly onSilent: () => void;
  /** It does again. */
  readonly onAnswer: () => void;
  readonly onClosed: () => void;
}

const ON_THIS_MACHINE: Pauses = { first: 25, longest: 100 };
const PAUSE_WHEN_REFUSED = 5000;
/** So that one that hangs is known as such within three times this. */
const LOOK_EVERY = 5000;

export function createConnection(options: ConnectionOptions): Connection {
  const { cluster, term, as, dial, lookEvery = LOOK_EVERY, steady = () => performance.now() } = options;
  const { pauses = ON_THIS_MACHINE } = options;
  let socket: ControlStream | undefined;
  let timer: NodeJS.Timeout | undefined;
  let pause = pauses.first;
  let closed = false;
  let greeted = false;
  /** That of the data plane, once it has refused ours. */
  let protocol = CONTROL_PROTOCOL;
  let newest: Table | undefined;
  /** The newest is still to be sent on this connection. */
  let owed = false;
  /** The last one sent on any. */
  let sent: Table | undefined;
  /** The last one sent on this connection, to who takes changes of it. */
  let base: Table | undefined;
  let takesChanges = false;
  let lists = createHeardLists();
  let certificates: CertificateSet | undefined;
  let takesCertificates = false;

  const open = (): void => {
    const opened = dial();
    const splitter = createLineSplitter(MAX_CONTROL_LINE);
    const silence = createSilence(lookEvery, steady());
    // After what has arrived meanwhile: an answer that waits to be read is one.
    const looking = setInterval(() => setImmediate(look, opened, silence), lookEvery);
    socket = opened;
    base = undefined;
    lists = createHeardLists();
    sayHello();
    opened.on('data', (chunk) => {
      if (silence.heard()) options.onAnswer();
      const lines = splitter.push(chunk);
      if (lines === 'too-long') opened.destroy();
      else for (const line of lines) if (!opened.destroyed) receive(opened, line);
    });
    opened.on('drain', settle);
    opened.on('error', () => {});
    opened.once('close', () => {
      clearInterval(looking);
      socket = undefined;
      greeted = false;
      takesCertificates = false;
      options.onClosed();
      if (!closed) timer = setTimeout(open, pause);
      pause = Math.min(pauses.longest, pause * 2);
    });
  };

  const look = (at: ControlStream, silence: Silence): void => {
    if (at.destroyed) return;
    const todo = silence.look(steady());
    if (todo === 'silent') options.onSilent();
    if (todo === 'ask') sayHello();
  };

  const receive = (from: ControlStream, line: string): void => {
    const read = readFromDataPlane(line);
    const message = read && lists.whole(read);
    if (message?.type === 'hello' && message.protocol === protocol) {
      welcome(message);
    } else if (message?.type === 'refused') {
      refused(from, message.reason);
    } else if (message === undefined || message.type === 'hello') {
      refused(from, 'the data plane speaks another version of the control protocol');
    } else {
      options.onMessage(message);
    }
  };

  /** One that is older, and runs on after an upgrade, is spoken to as it speaks; one that is newer cannot be. */
  const refused = (from: ControlStream, reason: string): void => {
    const theirs = versionIn(reason);
    const canBeSpoken = theirs !== undefined && theirs >= EARLIEST_PROTOCOL && theirs <= CONTROL_PROTOCOL;
    if (canBeSpoken && theirs !== protocol) protocol = theirs;
    else {
      pause = PAUSE_WHEN_REFUSED;
      options.onRefused(reason);
    }
    from.destroy();
  };

  const welcome = (hello: DataPlaneHello): void => {
    if (greeted) return; // It was asked whether it is there.
    greeted = true;
    takesChanges = hello.takes?.includes(CHANGES) ?? false;
    owed = true;
    pause = pauses.first;
    takesCertificates = hello.takes?.includes(CERTIFICATES) ?? false;
    options.onHello(hello);
    tellCertificates(); // Before the table that may lead clients to them.
    settle();
  };

  const settle = (): void => {
    if (!greeted || !owed || !newest || socket?.writableNeedDrain) return;
    owed = false;
    sent = newest;
    const line = lineOf(base ? { type: 'change', change: changeBetween(base, newest) } : whole(newest));
    if (takesChanges) base = newest;
    if (Buffer.byteLength(line) <= MAX_CONTROL_LINE) socket?.write(line);
    else if (socket) refused(socket, tooLong(protocol));
  };

  const tellCertificates = (): void => {
    if (certificates && takesCertificates) send({ type: 'certificates', set: certificates });
  };

  const whole = (table: Table) => ({ type: 'table' as const, table: tableFor(protocol, table) });

  const sayHello = (): void =>
    send({
      type: 'hello',
      protocol,
      cluster,
      term,
      ...(as ? { as } : { wants: ['traffic', 'relay', CHANGES, CERTIFICATES] }),
    });

  const send = (message: ToDataPlane): void => void socket?.write(lineOf(message));

  return {
    start: open,
    publish(table) {
      const replaced = newest === sent ? undefined : newest;
      newest = table;
      owed = true;
      settle();
      return replaced;
    },
    certify: (certificate, ca) => send({ type: 'relay', certificate, ca }),
    useCertificates(set) {
      certificates = set;
      tellCertificates();
    },
    stopDataPlane: (grace) => send({ type: 'stop', grace }),
    isOpen: () => socket !== undefined && socket.connecting !== true && !socket.destroyed,
    close() {
      closed = true;
      clearTimeout(timer);
      socket?.destroy();
    },
  };
}

const lineOf = (message: ToDataPlane | { readonly type: 'table'; readonly table: Table | Version1Table }): string =>
  `${JSON.stringify(message)}\n`;

/** No table of our own is: one that is too long in today's words is not published. */
const tooLong = (protocol: number): string =>
  `the routing table is too long for version ${protocol} of the control protocol, which the data plane speaks; replace it: stop both with \`orca server --stop --all\`, then start the server`;
