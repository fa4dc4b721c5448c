/** What is shown to a CA that asks by TLS (RFC 8737). PEM, the key PKCS #8. */
export interface AlpnCertificate {
  readonly chain: string;
  readonly key: string;
}

/** A certificate that answers a tls-alpn-01 challenge, for the name it is about. */
export async function makeAlpnCertificate(name: string, keyAuthorization: string): Promise<AlpnCertificate> {
  const { acme } = await import('./library.ts');
  const about = { identifier: { type: 'dns', value: name } };
  const [key, chain] = await acme.crypto.createAlpnCertificate(about as never, keyAuthorization);
  return { chain: chain.toString(), key: key.toString() };
}
