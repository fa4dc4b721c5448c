/**
 * How the data plane of one node carries a connection of a container to that of another, over TLS 1.3 with a certificate of the
 * cluster's CA at both ends, as for requests; one connection each.
 *
 * - The side that takes connections says `GREETING` first: the other one's certificate was good, and its node is one of the cluster's.
 * - The other one asks, in a line: `PROJECT SERVICE PORT`, by the asker's project.
 * - The answer is a line, too. `taken`: a task of the service has been connected to. Anything else: none has seen anything of it,
 *   and another node may be asked.
 * - Then both send frames: four bytes of length, and as many bytes; a length of 0 is the end of that direction. A connection that
 *   ends without both ends has been cut: TLS as Node has it does not tell one from the other.
 */
export const CARRY_ALPN = 'orca-carry/1';
export const CARRY_GREETING = 'orca-carry/1\r\n';

export interface Ask {
  /** Of who asks. */
  readonly project: string;
  /** `project/name` */
  readonly service: string;
  readonly port: number;
}

export const askLine = ({ project, service, port }: Ask): string => `${project} ${service} ${port}\r\n`;

export function readAsk(line: string): Ask | undefined {
  const [, project, service, port] = /^([^\s/]{1,200}) (\S{1,400}) (\d{1,5})$/.exec(line) ?? [];
  if (project === undefined || service === undefined) return undefined;
  return { project, service, port: Number(port) };
}

/** `refused`: nothing of the kind is given to such a project. `none`: no task is ready, or the last table is not there yet. */
export type Reply = 'taken' | 'none' | 'refused';

export const replyLine = (reply: Reply): string => `${reply}\r\n`;

export const readReply = (line: string): Reply | undefined =>
  (['taken', 'none', 'refused'] as const).find((one) => one === line);

/** Longest line, bytes. */
export const MOST_LINE = 1024;
