import { isIP } from 'node:net';
import type { RelayAsk } from '../destination.ts';

/**
 * How the data plane of one node passes a request on to that of another, over TLS 1.3 with a certificate of the cluster's CA at
 * both ends. It is HTTP/1.1, and more:
 *
 * - The side that takes requests says `GREETING` first: the other one's certificate was good, and its node is one of the cluster's.
 * - The head is the one that a task is to get, with `Orca-Relay: POOL REVISION CLIENT [PREFIX]` before its other lines.
 * - The first that comes back is `HTTP/1.1 110 TASK READY`, when a task has the head: READY is how many of that revision are
 *   ready there. Only then the body is sent. Any other head before that one is the data plane's own word: no task has seen
 *   anything of the request. What follows the 110 is the task's answer.
 */
export const ALPN = 'orca-relay/1';
export const GREETING = 'orca-relay/1\r\n';

export const TAKEN = 110;

export const takenOut = (task: string, ready: number): string => `HTTP/1.1 ${TAKEN} ${task} ${ready}\r\n\r\n`;

/** What stands behind the status of a 110. */
export function readTaken(reason: string): { readonly task: string; readonly ready: number } | undefined {
  const found = /^([!-~]{1,200}) (\d{1,6})$/.exec(reason);
  return found === null ? undefined : { task: found[1] ?? '', ready: Number(found[2]) };
}

/** What is passed on of a request beside its head. */
export interface Passed extends RelayAsk {
  /** The client's address; '' where it is not known. */
  readonly client: string;
  /** The part of the path that was left out; ''. */
  readonly prefix: string;
}

export const relayLine = ({ pool, revision, client, prefix }: Passed): string =>
  `Orca-Relay: ${pool} ${revision} ${client || '-'}${prefix === '' ? '' : ` ${prefix}`}\r\n`;

/** @param value of the header; undefined for one that is not as it should be */
export function readRelayLine(value: string): Passed | undefined {
  const found = /^([!-~]+) (\d{1,9}) ([0-9a-fA-F:.]+|-)(?: (\/[!-~]*))?$/.exec(value);
  if (found === null) return undefined;
  const [, pool = '', revision, client = '-', prefix = ''] = found;
  if (client !== '-' && isIP(client) === 0) return undefined;
  return { pool, revision: Number(revision), client: client === '-' ? '' : client, prefix };
}
