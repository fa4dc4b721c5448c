/** What a signed token says of itself before anything is verified: good for choosing keys, and for nothing else. */
export interface TokenParts {
  readonly kid: string | undefined;
  readonly issuer: string;
}

/** Characters: a GitHub token has 2,000. */
export const MAX_SIGNED = 4096;

/**
 * Three parts in base64url, each written in the only way that it can be: without padding, bits that mean nothing being 0. Who
 * signed one spelling has not signed another. @see RFC 4648, section 3.5
 */
export function isCompact(token: string): boolean {
  const parts = token.length > MAX_SIGNED ? [] : token.split('.');
  return parts.length === 3 && parts.every(isBase64url);
}

const isBase64url = (part: string): boolean =>
  part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part;

/**
 * Undefined for what is no JWT in its compact form, and for one with extensions that must be understood (`crit`), as none are.
 * Keys and addresses in its head (`jwk`, `jku`, `x5c`, `x5u`) are not looked at.
 *
 * @see RFC 7515, sections 3.1 and 4.1
 */
export function partsOf(token: string): TokenParts | undefined {
  if (!isCompact(token)) return undefined;
  const [head, payload] = token.split('.').map(decode);
  if (!head || !payload || 'crit' in head) return undefined;
  const { kid } = head;
  if (kid !== undefined && typeof kid !== 'string') return undefined;
  return typeof payload['iss'] === 'string' ? { kid, issuer: payload['iss'] } : undefined;
}

function decode(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
