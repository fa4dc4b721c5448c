/** What a registry wants to see, as its `WWW-Authenticate` says. @see RFC 9110, section 11.6.1 */
export type Challenge =
  | { readonly scheme: 'basic' }
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service?: string; readonly scope?: string };

/** Undefined for what is neither, and for a header that is far too long. */
export function readChallenge(header: string | undefined): Challenge | undefined {
  const [, scheme = '', rest = ''] = /^\s*(\w+)\s*(.*)$/s.exec(header?.slice(0, 4096) ?? '') ?? [];
  if (scheme.toLowerCase() === 'basic') return { scheme: 'basic' };
  if (scheme.toLowerCase() !== 'bearer') return undefined;
  const found = [...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key.toLowerCase(), value]);
  const { realm, service, scope } = Object.fromEntries(found) as Record<string, string>;
  if (realm === undefined) return undefined;
  return { scheme: 'bearer', realm, ...(service !== undefined && { service }), ...(scope !== undefined && { scope }) };
}
