import { Duplex } from 'node:stream';
import { OrcaError } from '../core/errors.ts';
import type { HelloReply, NodeTarget } from '../core/nodes/wire.ts';
import { ask, type Question } from './ask.ts';
import { ByteStream } from './byte-stream.ts';
import type { Link } from './link.ts';
import { isCertificateRequest, isNodeStatus, messageOf } from './shapes.ts';
import type { Way, Wire } from './wire.ts';

/** What carries a wire: one link each way, which come and go. */
export interface NodeWire extends Wire {
  /** The link has been greeted, and takes the place of the one before it. */
  attach(way: Way, link: Link, hello: HelloReply): void;
  /** The link is over. False if another one has replaced it. */
  detach(way: Way, link: Link, why: string): boolean;
  link(way: Way): Link | undefined;
}

/** @param nameOf the node as people know it */
export function createNodeWire(id: string, nameOf: () => string): NodeWire {
  const links = new Map<Way, Link>();
  let why = 'it has not connected since this master started';
  let greeted: HelloReply | undefined;
  let heard: number | undefined;

  const away = (because: string, cause?: unknown): OrcaError =>
    new OrcaError('unavailable', `node "${nameOf()}" is not connected: ${because}`, {
      cause: Object.assign(new Error(because, { cause }), { code: 'ENOTCONN' }),
      hint: 'it connects again by itself as soon as its agent runs and can reach this master',
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
    throw new OrcaError('unavailable', `node "${nameOf()}" refuses ${question.path}: ${messageOf(body)}`);
  };
  const nonsense = (path: string): OrcaError =>
    new OrcaError('unavailable', `node "${nameOf()}" answers ${path} with something else`, {
      hint: 'its agent may be of another version: orca node ls shows it',
    });

  return {
    id,
    isUp: () => links.size === 2,
    lastHeard: () => latest(heard, [...links.values()]),
    roundTrip: () => links.get('quick')?.heartbeat.roundTrip(),
    hello: () => greeted,
    link: (way) => links.get(way),
    connect: (target, way) => {
      const link = links.get(way);
      return link === undefined || isOver(link) ? failed(away(why)) : open(link, target, nameOf(), away);
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
    attach(way, link, hello) {
      links.set(way, link);
      greeted = hello;
    },
    detach(way, link, because) {
      heard = latest(heard, [link]);
      if (links.get(way) !== link) return false;
      links.delete(way);
      why = because;
      return true;
    },
  };
}

const isOver = ({ session }: Link): boolean => session.destroyed || session.closed;

const latest = (before: number | undefined, links: readonly Link[]): number | undefined => {
  const times = links.map(({ heartbeat }) => heartbeat.lastHeard());
  return before === undefined && times.length === 0 ? undefined : Math.max(before ?? 0, ...times);
};

type Away = (because: string, cause?: unknown) => OrcaError;

function open(link: Link, target: NodeTarget, name: string, away: Away): Duplex {
  const inner = link.session.request({ ':method': 'CONNECT', ':authority': target }, { endStream: false });
  const refused = (said: string): OrcaError => {
    const { message, code } = parseRefusal(said);
    return new OrcaError('unavailable', `node "${name}" does not reach its ${target}: ${message}`, {
      cause: Object.assign(new Error(message), { code }),
      hint: target === 'docker' ? 'look at docker on that machine' : undefined,
    });
  };
  const broken = (cause: unknown): OrcaError => {
    if (isOver(link)) return away(link.why() ?? 'the connection was lost', cause);
    return new OrcaError('unavailable', `node "${name}" lost the connection to its ${target}`, {
      cause: Object.assign(new Error('reset', { cause }), { code: 'ECONNRESET' }),
    });
  };
  return new ByteStream(inner, refused, broken);
}

/** What fails as soon as it is looked at. */
const failed = (error: Error): Duplex => new Duplex({ read: () => undefined }).destroy(error);

function parseRefusal(said: string): { message: string; code: string | undefined } {
  try {
    const body = JSON.parse(said) as { code?: unknown };
    return { message: messageOf(body), code: typeof body.code === 'string' ? body.code : undefined };
  } catch {
    return { message: 'no reason was given', code: undefined };
  }
}
