import { createPublicKey } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { CertificateSet, ServedCertificate } from '../../../../../src/core/route/certificates.ts';
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from '../../../../../src/dataplane/proxy/options.ts';
import { createProxy, type Proxy as HttpProxy } from '../../../../../src/dataplane/proxy/proxy.ts';
import { issueCertificate, makeAuthority } from '../../../../../src/identity/certificates/authority.ts';
import { newPrivateKey } from '../../../../../src/identity/certificates/key.ts';
import { makeSelfSigned } from '../../../../../src/identity/certificates/self-signed.ts';

export const SELF_SIGNED = makeSelfSigned('orca test', Date.now());
const TICKETS = Buffer.alloc(48, 7).toString('base64');

export interface SecureRig {
  readonly proxy: HttpProxy;
  readonly port: number;
  readonly httpPort: number;
  readonly log: Record<string, unknown>[];
  /** The accepted sockets. */
  readonly raw: ReadonlySet<Socket>;
}

interface RigOptions {
  readonly limits?: Partial<typeof DEFAULT_LIMITS>;
  readonly timeouts?: Partial<typeof DEFAULT_TIMEOUTS>;
  readonly isUnidentified?: boolean;
  readonly trustedProxies?: readonly string[];
}

/** A proxy that listens for HTTPS, and for HTTP beside it, on loopback. */
export async function startSecure(t: TestContext, options: RigOptions = {}): Promise<SecureRig> {
  const log: Record<string, unknown>[] = [];
  const raw = new Set<Socket>();
  const sockets = { allowHalfOpen: true, noDelay: true };
  const secure = createServer(sockets, (socket) => {
    raw.add(socket);
    socket.on('close', () => raw.delete(socket));
    proxy.handleSecure(socket);
  });
  const plain = createServer(sockets, (socket) => proxy.handle(socket));
  for (const server of [secure, plain]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const portOf = (server: typeof secure): number => (server.address() as AddressInfo).port;
  const proxy = createProxy({
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts },
    trustedProxies: options.trustedProxies ?? [],
    httpsPort: portOf(secure),
    accessLog: (line) => log.push(JSON.parse(line)),
    now: Date.now,
    onTargetDown: () => {},
  });
  if (!options.isUnidentified) proxy.identifyTls({ selfSigned: SELF_SIGNED, tickets: TICKETS });
  t.after(() => {
    secure.close();
    plain.close();
    proxy.destroy();
  });
  return { proxy, port: portOf(secure), httpPort: portOf(plain), log, raw };
}

/** A CA, and certificates of it. */
export async function makeCa() {
  const authority = await makeAuthority('test', Date.now());
  const issue = async (...names: readonly string[]): Promise<ServedCertificate> => {
    const key = newPrivateKey();
    const wish = { commonName: names[0] ?? '', names, now: Date.now(), lifetime: 3_600_000 };
    const leaf = await issueCertificate(authority, { ...wish, publicKey: createPublicKey(key) });
    return { names, chain: `${leaf}\n${authority.certificate}`, key };
  };
  return { ca: authority.certificate, issue };
}

let sets = 0;

export function setOf(certificates: readonly ServedCertificate[], change: Partial<CertificateSet['challenges']> = {}) {
  sets += 1;
  return { id: `set-${sets}`, certificates, challenges: { http01: [], alpn: [], ...change } } satisfies CertificateSet;
}

/** Rejects where the handshake fails. */
export function handshake(t: TestContext, port: number, options: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    t.after(() => socket.destroy());
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
  });
}

/** Sends a request, and resolves with all that comes until the connection ends. */
export function ask(socket: Socket, head: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(text));
    socket.write(head);
  });
}

export const get = (host: string, path = '/', more = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${more}\r\n`;
