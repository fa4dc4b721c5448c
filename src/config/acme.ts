import { resolve } from 'node:path';
import type { Reader } from './resolve.ts';

/** The public CA that certificates are ordered from. */
export interface AcmeSettings {
  /** URL of its ACME directory. */
  readonly directory: string;
  /** Absolute path of a PEM file: who vouches for the CA's own address, beside the system's CAs. */
  readonly ca?: string | undefined;
  readonly email?: string | undefined;
  readonly challenge: 'http-01' | 'tls-alpn-01';
  /** Only names that lead here are ordered. */
  readonly check: boolean;
  /** The account that one has with the CA. */
  readonly eab?: { readonly kid: string; readonly keyFile: string } | undefined;
}

export function acmeSettings(read: Reader, problems: string[]): AcmeSettings {
  const [ca, email, kid, keyFile] = [
    read('acme.ca'),
    read('acme.email'),
    read('acme.eab_kid'),
    read('acme.eab_key_file'),
  ];
  if ((kid === undefined) !== (keyFile === undefined))
    problems.push('acme.eab_kid and acme.eab_key_file: expected both, or none of them');
  return {
    directory: read('acme.directory'),
    challenge: read('acme.challenge') === 'tls-alpn-01' ? 'tls-alpn-01' : 'http-01',
    check: read('acme.check') === 'on',
    ...(ca !== undefined && { ca: resolve(ca) }),
    ...(email !== undefined && { email }),
    ...(kid !== undefined && keyFile !== undefined && { eab: { kid, keyFile: resolve(keyFile) } }),
  };
}
