import { execFileSync } from 'node:child_process';
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MASTER_NAME } from '../../src/core/nodes/wire.ts';

/** With what one end of the wire shows who it is; PEM. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
  readonly ca: readonly string[];
}

/** A CA of its own, made by openssl: none of orca's own code is in what it signs. */
export interface Authority {
  /** PEM, and the SHA-256 of its DER, hex. */
  readonly ca: string;
  readonly digest: string;
  issue(wish: Wish): Identity;
  /** As a master has it. */
  master(days?: number): Identity;
  /** As a node has it. @param days less than 0: it has ended */
  node(id: string, days?: number): Identity;
  /** Signs a node's own request (PEM). */
  sign(csr: string, id: string): string;
}

export interface Wish {
  readonly name: string;
  readonly usage: 'serverAuth' | 'clientAuth' | 'clientAuth,serverAuth';
  /** The one DNS name. */
  readonly san?: string | undefined;
  readonly days?: number | undefined;
}

/** What nodes make for themselves: 16 of `a-z2-7`. */
export const nodeId = (): string =>
  Array.from(randomBytes(16), (byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte % 32]).join('');

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export function createAuthority(name = 'orca'): Authority {
  const ca = inFolder((dir) => {
    openssl(dir, ['req', '-x509', ...KEY, '-keyout', 'key', '-out', 'cert', '-subj', `/CN=${name}`, '-days', '30']);
    return { key: read(dir, 'key'), cert: read(dir, 'cert') };
  });

  const certify = (
    dir: string,
    { usage, san, days = 30 }: Omit<Wish, 'name'>,
    more: readonly string[] = [],
  ): string => {
    writeFileSync(join(dir, 'ca-key'), ca.key);
    writeFileSync(join(dir, 'ca'), ca.cert);
    const names = san === undefined ? '' : `subjectAltName=DNS:${san}\n`;
    writeFileSync(join(dir, 'extensions'), `basicConstraints=CA:false\nextendedKeyUsage=${usage}\n${names}`);
    const serial = `0x${randomBytes(8).toString('hex')}`;
    const by = ['-CA', 'ca', '-CAkey', 'ca-key', '-set_serial', serial, '-days', String(days)];
    openssl(dir, ['x509', '-req', '-in', 'csr', ...by, '-out', 'cert', '-extfile', 'extensions', ...more]);
    return read(dir, 'cert');
  };
  const issue = (wish: Wish): Identity =>
    inFolder((dir) => {
      openssl(dir, ['req', ...KEY, '-keyout', 'key', '-out', 'csr', '-subj', `/CN=${wish.name}`]);
      return { key: read(dir, 'key'), cert: certify(dir, wish), ca: [ca.cert] };
    });
  return {
    ca: ca.cert,
    digest: createHash('sha256').update(new X509Certificate(ca.cert).raw).digest('hex'),
    issue,
    master: (days) => issue({ name: 'master', usage: 'serverAuth', san: MASTER_NAME, days }),
    node: (id, days) => issue({ name: id, usage: 'clientAuth,serverAuth', days }),
    sign: (csr, id) =>
      inFolder((dir) => {
        writeFileSync(join(dir, 'theirs'), csr);
        openssl(dir, ['req', '-in', 'theirs', '-verify', '-pubkey', '-noout', '-out', 'public']);
        openssl(dir, ['req', ...KEY, '-keyout', 'other', '-out', 'csr', '-subj', `/CN=${id}`]);
        return certify(dir, { usage: 'clientAuth,serverAuth' }, ['-force_pubkey', 'public']);
      }),
  };
}

const openssl = (cwd: string, argv: readonly string[]): void =>
  void execFileSync('openssl', argv, { cwd, stdio: ['ignore', 'ignore', 'ignore'] });

const read = (dir: string, file: string): string => readFileSync(join(dir, file), 'utf8');

function inFolder<T>(work: (dir: string) => T): T {
  const dir = mkdtempSync(join(tmpdir(), 'orca-certificates-'));
  try {
    return work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
