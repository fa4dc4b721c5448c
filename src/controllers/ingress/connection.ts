import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createLineSplitter } from '../../core/route/lines.ts';
import { readFromDataPlane } from '../../core/route/messages.ts';
import { CONTROL_PROTOCOL, type FromDataPlane, MAX_CONTROL_LINE, type ToDataPlane } from '../../core/route/protocol.ts';

/** One connection to the control socket at a time, made again whenever it is lost. */
export interface Connection {
  start(): void;
  send(message: ToDataPlane): void;
  close(): void;
}

export type DataPlaneHello = Extract<FromDataPlane, { type: 'hello' }>;
type Report = Exclude<FromDataPlane, { type: 'hello' | 'refused' }>;

export interface ConnectionOptions {
  readonly dir: string;
  readonly cluster: string;
  readonly term: number;
  readonly onHello: (hello: DataPlaneHello) => void;
  readonly onMessage: (message: Report) => void;
  readonly onRefused: (reason: string) => void;
  readonly onClosed: () => void;
}

const FIRST_PAUSE = 25;
const LONGEST_PAUSE = 100;
const PAUSE_WHEN_REFUSED = 5000;
/** From connecting to the hello, ms; a frozen data plane accepts but does not answer. */
const HELLO_WITHIN = 5000;

export const controlSocket = (dir: string): string => join(dir, 'ingress', 'control.sock');

export function createConnection(options: ConnectionOptions): Connection {
  const { dir, cluster, term } = options;
  let socket: Socket | undefined;
  let timer: NodeJS.Timeout | undefined;
  let pause = FIRST_PAUSE;
  let closed = false;

  const open = (): void => {
    const opened = connect(controlSocket(dir));
    const splitter = createLineSplitter(MAX_CONTROL_LINE);
    const impatience = setTimeout(() => opened.destroy(), HELLO_WITHIN);
    socket = opened;
    send({ type: 'hello', protocol: CONTROL_PROTOCOL, cluster, term });
    opened.on('data', (chunk) => {
      const lines = splitter.push(chunk);
      if (lines === 'too-long') opened.destroy();
      else for (const line of lines) if (!opened.destroyed) receive(opened, line, impatience);
    });
    opened.on('error', () => {});
    opened.once('close', () => {
      clearTimeout(impatience);
      socket = undefined;
      options.onClosed();
      if (!closed) timer = setTimeout(open, pause);
      pause = Math.min(LONGEST_PAUSE, pause * 2);
    });
  };

  const receive = (from: Socket, line: string, impatience: NodeJS.Timeout): void => {
    const message = readFromDataPlane(line);
    if (message?.type === 'hello' && message.protocol === CONTROL_PROTOCOL) {
      clearTimeout(impatience);
      pause = FIRST_PAUSE;
      options.onHello(message);
    } else if (message?.type === 'refused') {
      pause = PAUSE_WHEN_REFUSED;
      options.onRefused(message.reason);
      from.destroy();
    } else if (message === undefined || message.type === 'hello') {
      pause = PAUSE_WHEN_REFUSED;
      options.onRefused('the data plane speaks another version of the control protocol');
      from.destroy();
    } else {
      options.onMessage(message);
    }
  };

  const send = (message: ToDataPlane): void => {
    socket?.write(`${JSON.stringify(message)}\n`);
  };

  return {
    start: open,
    send,
    close() {
      closed = true;
      clearTimeout(timer);
      socket?.destroy();
    },
  };
}
