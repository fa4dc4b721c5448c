import { createHash, X509Certificate } from 'node:crypto';
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { OrcaError } from '../core/errors.ts';
import type { JoinLine } from '../core/nodes/join-line.ts';
import { ALPN, MASTER_NAME } from '../core/nodes/wire.ts';
import { explain } from './dial.ts';

/** ms */
const LIMIT = 10_000;

/**
 * The certificate of the cluster's CA (PEM), as the port shows it and the line's digest proves it. Nothing is sent, and nothing
 * else of what the port shows is believed: that its own certificate is of this CA is for `dial` to see.
 *
 * @throws OrcaError `unavailable` if the port cannot be reached, `forbidden` if it is another one's
 */
export async function findCa({ host, port, ca }: Pick<JoinLine, 'host' | 'port' | 'ca'>): Promise<string> {
  const shown = await look(host, port).catch((error: unknown) => {
    throw cannotReach(host, port, error);
  });
  const found = shown.find((raw) => createHash('sha256').update(raw).digest('hex') === ca);
  if (found !== undefined) return new X509Certificate(found).toString();
  throw new OrcaError('forbidden', `what answers at ${host}:${port} is not the master that this line is of`, {
    hint: 'get a new line with `orca node token`; if that does not help, a proxy is between, or the address is another machine',
  });
}

/** @param error what `dial` rejected with */
export function cannotReach(host: string, port: number, error: unknown): OrcaError {
  const { what, hint, code } = explain(error, port);
  return new OrcaError('unavailable', `the master at ${host}:${port} cannot be reached: ${what}`, {
    hint,
    cause: error,
    details: { code },
  });
}

/** All certificates that a port shows, DER. */
async function look(host: string, port: number): Promise<readonly Buffer[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly Buffer[]>();
  const socket = connect(
    {
      host,
      port,
      servername: MASTER_NAME,
      ALPNProtocols: [ALPN.join],
      minVersion: 'TLSv1.3',
      rejectUnauthorized: false,
    },
    () => resolve(chainOf(socket)),
  );
  const late = () => socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
  const timer = setTimeout(late, LIMIT);
  socket.on('error', reject);
  socket.once('close', () => reject(Object.assign(new Error('it ended the connection'), { code: 'ECONNRESET' })));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}

function chainOf(socket: TLSSocket): readonly Buffer[] {
  const chain: Buffer[] = [];
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  // One that signed itself is its own issuer.
  while (certificate?.raw !== undefined && !chain.some((raw) => raw.equals(certificate?.raw as Buffer))) {
    chain.push(certificate.raw);
    certificate = certificate.issuerCertificate;
  }
  return chain;
}
