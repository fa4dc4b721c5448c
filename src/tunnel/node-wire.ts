import { OrcaError } from '../core/errors.ts';
import type { HelloReply, NodeLog } from '../core/nodes/wire.ts';
import { ask, type Question } from './ask.ts';
import type { Link } from './link.ts';
import { failed, isOver, openCall, openTarget, readLines, refusedCall, type StreamsOf } from './node-streams.ts';
import { isCertificateRequest, isEdgeReply, isLogRecord, isNodeLog, isNodeStatus, isNodeSubnets } from './shapes.ts';
import type { Way, Wire } from './wire.ts';

/** What carries a wire: one link each way, which come and go. */
export interface NodeWire extends Wire {
  /** The link has been greeted, and takes the place of the one before it. */
  attach(way: Way, link: Link, hello: HelloReply): void;
  /** The link is over. False if another one has replaced it. */
  detach(way: Way, link: Link, why: string): boolean;
  link(way: Way): Link | undefined;
}

/** Of calls that take their time, ms: a data plane is started, a log of 10 MB is copied on a busy disk. */
const [EDGE_LIMIT, KEEP_LIMIT] = [30_000, 120_000];
/** Copies of logs of one node; it keeps a GiB of them. */
const MOST_LOGS = 200_000;

/** @param nameOf the node as people know it */
export function createNodeWire(id: string, nameOf: () => string): NodeWire {
  const links = new Map<Way, Link>();
  let why = 'it has not connected since this master started';
  let greeted: HelloReply | undefined;
  let heard: number | undefined;

  const isUp = (): boolean => links.has('quick') && links.has('patient');
  const away = (because: string, cause?: unknown): OrcaError =>
    new OrcaError('unavailable', `node "${nameOf()}" is not connected: ${because}`, {
      cause: Object.assign(new Error(because, { cause }), { code: 'ENOTCONN' }),
      hint: 'it connects again by itself as soon as its agent runs and can reach this master',
    });
  /** Why nothing opens this way. */
  const awayOn = (way: Way): OrcaError => (way === 'relayed' && isUp() ? withoutRelayed() : away(why));
  const withoutRelayed = (): OrcaError =>
    new OrcaError('unavailable', `node "${nameOf()}" has no connection for requests`, {
      hint: 'it is there a moment after the others; an agent of an earlier version has none: update it',
    });
  const linkOf = (way: Way): Link => {
    const link = links.get(way);
    if (link === undefined || isOver(link)) throw away(why);
    return link;
  };
  const call = async (question: Question): Promise<unknown> => {
    const { session } = linkOf('quick');
    const { status, body } = await ask(session, question).catch((error: Error) => {
      throw away(error.message, error);
    });
    if (status >= 200 && status < 300) return body;
    throw refusedCall(nameOf(), question.path, body);
  };
  const over = (link: Link): StreamsOf => ({ link, name: nameOf(), away });
  const nonsense = (path: string): OrcaError =>
    new OrcaError('unavailable', `node "${nameOf()}" answers ${path} with something else`, {
      hint: 'its agent may be of another version: orca node ls shows it',
    });

  return {
    id,
    isUp,
    lastHeard: () => latest(heard, [...links.values()]),
    roundTrip: () => links.get('quick')?.heartbeat.roundTrip(),
    hello: () => greeted,
    link: (way) => links.get(way),
    connect: (target, way) => {
      const link = links.get(way);
      return link === undefined || isOver(link) ? failed(awayOn(way)) : openTarget(over(link), target);
    },
    status: async () => {
      const found = await call({ method: 'GET', path: '/status' });
      if (!isNodeStatus(found)) throw nonsense('/status');
      return found;
    },
    tellCheck: async (check) => {
      await call({ method: 'POST', path: '/checked', body: check });
    },
    requestCertificate: async () => {
      const found = await call({ method: 'POST', path: '/certificate/request' });
      if (!isCertificateRequest(found)) throw nonsense('/certificate/request');
      return found;
    },
    giveCertificate: async (certificate) => {
      await call({ method: 'PUT', path: '/certificate', body: certificate });
    },
    giveEdge: async (edge) => {
      const found = await call({ method: 'PUT', path: '/edge', body: edge, limit: EDGE_LIMIT });
      if (!isEdgeReply(found)) throw nonsense('/edge');
      return found;
    },
    subnets: async () => {
      const found = await call({ method: 'GET', path: '/subnets' });
      if (!isNodeSubnets(found)) throw nonsense('/subnets');
      return found.subnets;
    },
    signal: async (wish) => {
      await call({ method: 'POST', path: '/signal', body: wish });
    },
    keepLog: async (wish) => {
      await call({ method: 'POST', path: '/logs/keep', body: wish, limit: KEEP_LIMIT });
    },
    async *readLog(query, signal) {
      const stream = openCall(over(linkOf('patient')), 'POST', '/logs/read', query);
      const stop = () => stream.destroy();
      signal?.addEventListener('abort', stop, { once: true });
      try {
        if (signal?.aborted) return;
        for await (const [at, from, text] of readLines(stream, isLogRecord, () => nonsense('/logs/read')))
          yield { at, stream: from, text };
      } catch (error) {
        if (!signal?.aborted) throw error;
      } finally {
        signal?.removeEventListener('abort', stop);
        stream.destroy();
      }
    },
    listLogs: async () => {
      const stream = openCall(over(linkOf('patient')), 'GET', '/logs');
      const logs: NodeLog[] = [];
      for await (const log of readLines(stream, isNodeLog, () => nonsense('/logs'))) {
        if (logs.length >= MOST_LOGS) throw nonsense('/logs');
        logs.push({ task: log.task, at: log.at, bytes: log.bytes });
      }
      return logs;
    },
    removeLog: async (task) => {
      await call({ method: 'POST', path: '/logs/remove', body: { task } });
    },
    attach(way, link, hello) {
      links.set(way, link);
      greeted = hello;
    },
    detach(way, link, because) {
      heard = latest(heard, [link]);
      if (links.get(way) !== link) return false;
      links.delete(way);
      if (way !== 'relayed') why = because;
      return true;
    },
  };
}

const latest = (before: number | undefined, links: readonly Link[]): number | undefined => {
  const times = links.map(({ heartbeat }) => heartbeat.lastHeard());
  return before === undefined && times.length === 0 ? undefined : Math.max(before ?? 0, ...times);
};
