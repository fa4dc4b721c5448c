import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Check, failed, ok } from './check.ts';

interface Master {
  readonly host: string;
  readonly port: number;
}

export interface Found {
  readonly checks: readonly Check[];
  /** Of the master, if it answers there. */
  readonly address?: string | undefined;
}

const LIMIT = 5_000;

/** The master's name, and its port. */
export async function checkReach({ host, port }: Master, limit = LIMIT): Promise<Found> {
  const found = await resolve(host);
  if (typeof found !== 'string') return { checks: [found] };
  const named = ok('name', isIP(host) === 0 ? `${host} is ${found}` : `${host} is an address`);
  const reached = await reach(found, port, limit);
  if (typeof reached === 'string') return { checks: [named, failedReach(reached, { host: found, port }, limit)] };
  if (isOwn(found)) return { checks: [named, ofThisMachine(found)] };
  return {
    checks: [named, ok('port', `TCP ${port} of ${found} answers, in ${reached.toFixed(1)} ms`)],
    address: found,
  };
}

const isOwn = (address: string): boolean =>
  Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address));

/** Two nodes with one Docker would each take the containers of the other for strangers. */
const ofThisMachine = (address: string): Check =>
  failed(
    'port',
    `${address} is an address of this machine: the master runs here`,
    "its machine is a node already, called local until it is renamed: join from another one, with the master's address there",
  );

async function resolve(host: string): Promise<string | Check> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    return failed(
      'name',
      `${host} is not known to this machine's name servers (${(error as NodeJS.ErrnoException).code ?? 'no answer'})`,
      'allow UDP and TCP 53 out of this machine to them, or make a line with an address: orca node token --address',
    );
  }
}

/** ms; or the error's code. */
const reach = (host: string, port: number, limit: number): Promise<number | string> =>
  new Promise((done) => {
    const began = performance.now();
    const socket = connect({ host, port, timeout: limit });
    const end = (what: number | string): void => {
      socket.destroy();
      done(what);
    };
    socket.once('connect', () => end(performance.now() - began));
    socket.once('timeout', () => end('ETIMEDOUT'));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => end(code ?? 'an error'));
  });

/** What the kernel says, and what makes it say so. */
export function failedReach(code: string, { host, port }: Master, limit = LIMIT): Check {
  const open = `TCP ${port}, in to ${host} and out of this machine`;
  if (code === 'ECONNREFUSED') {
    return failed(
      'port',
      `TCP ${port} of ${host} is refused: nothing listens there, or a firewall turns it away`,
      `see on the master whether it listens (\`orca node ls\`); if it does, allow ${open}`,
    );
  }
  if (code === 'ETIMEDOUT') {
    return failed(
      'port',
      `TCP ${port} of ${host} does not answer in ${limit / 1000} s`,
      `a firewall drops it: allow ${open}`,
    );
  }
  if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH') {
    return failed(
      'port',
      `there is no way to ${host} (${code})`,
      `see whether it is up, and the routes of this machine (ip route get ${host}); or a firewall turns it away: allow ${open}`,
    );
  }
  return failed('port', `TCP ${port} of ${host} cannot be reached (${code})`, `allow ${open}`);
}
