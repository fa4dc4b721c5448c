/** What a service wants of TLS for its domains. Undefined in a spec: `auto`, redirected once there is a certificate. */
export interface TlsSpec {
  /**
   * Where the certificate comes from: a CA that issues by itself (`auto`), the cluster's own CA (`internal`), secrets of the user's
   * (`own`); or `off`: there is none, and plain HTTP is not redirected.
   */
  readonly mode: 'auto' | 'internal' | 'own' | 'off';
  /** Keys of the secrets with the certificate chain and its private key, PEM; of `own` alone. The newest version is served. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Whether plain HTTP is sent on to HTTPS: undefined is once the domain has a certificate. */
  readonly redirect?: boolean | undefined;
  readonly hsts?: HstsSpec | undefined;
}

/** RFC 6797: browsers that were told come by HTTPS alone from then on. */
export interface HstsSpec {
  /** Ms. */
  readonly maxAge: number;
  readonly subdomains: boolean;
  readonly preload: boolean;
}

/** The value of `Strict-Transport-Security`. */
export const hstsValue = ({ maxAge, subdomains, preload }: HstsSpec): string =>
  [
    `max-age=${Math.floor(maxAge / 1000)}`,
    ...(subdomains ? ['includeSubDomains'] : []),
    ...(preload ? ['preload'] : []),
  ].join('; ');
