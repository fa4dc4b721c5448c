/** What a worker serves TLS with, beside the certificates that it is given. */
export interface TlsIdentity {
  /** Shown for names without a certificate, and to who names none. PEM. */
  readonly selfSigned: { readonly certificate: string; readonly key: string };
  /** With which sessions are resumed at any worker: 48 bytes, base64. */
  readonly tickets: string;
}
