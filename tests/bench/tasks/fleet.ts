/** One orchestrator, or what stands for one, with one service on it: what a measurement asks of it. */
export interface Fleet {
  readonly name: string;
  /** Makes the service of so many tasks of a version, and waits until each answers. */
  create(tasks: number, version: Version): Promise<Started>;
  /** Replaces them by tasks of another version, and waits until each of these answers and the last old one has ended. */
  update(tasks: number, version: Version): Promise<Updated>;
  /** Kills the container of the only task, and waits until another one answers. Undefined: there would be none. */
  heal?(kill: (container: string) => Promise<unknown>): Promise<Healed>;
  /** Takes the service away, and waits until no container is left. */
  remove(): Promise<void>;
  /** After the last measurement: takes away what all of its services shared. Undefined: they share nothing. */
  end?(): Promise<void>;
}

export type Version = '1' | '2';

/** All times in ms, from the first byte of the request that asked for it. */
export interface Started {
  /** Every task has answered. */
  readonly answering: number;
  /** The call that asked for it has come back, if it waits. */
  readonly returned?: number;
}

export interface Updated extends Started {
  /** The last task of the old version has ended. */
  readonly done: number;
  readonly requests?: number;
  readonly failed?: number;
}

export interface Healed {
  /** ms since the kill. */
  readonly after: number;
  /** Answers in between, by status; `none` where there was no answer. */
  readonly between: Readonly<Record<string, number>>;
}

/** Images that a version stands for. */
export const imageOf = (version: Version): string => `orca-test/web:${version}`;

/** Each task says at `/id` which version and which one it is. */
export const COMMAND = [
  '/bin/sh',
  '-c',
  'echo "$(cat /www/index.html) $(hostname)" > /www/id; exec /bin/busybox httpd -f -p 8080 -h /www',
];
export const PORT = 8080;
export const PARALLELISM = 3;

/** What a task says. */
export interface Identity {
  readonly version: string;
  /** Its host name, which no other task has. */
  readonly host: string;
}

export function readIdentity(body: string): Identity {
  const [version = '', host = ''] = body.trim().split(' ');
  return { version, host };
}
