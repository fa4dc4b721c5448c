import { hstsValue, type TlsSpec } from '../model/tls-spec.ts';
import type { RouteTls } from './table.ts';

/**
 * What a service's routes say of TLS; undefined where that is the default. A domain that has no certificate yet is not sent
 * to one that no browser believes, unless the service asks for it: what was reached before would not be any more.
 */
export function routeTls(tls: TlsSpec | undefined): RouteTls | undefined {
  const redirect = redirectOf(tls);
  if (redirect === 'certified' && !tls?.hsts) return undefined;
  return { redirect, ...(tls?.hsts && { hsts: hstsValue(tls.hsts) }) };
}

function redirectOf(tls: TlsSpec | undefined): RouteTls['redirect'] {
  if (tls?.mode === 'off' || tls?.redirect === false) return 'never';
  return tls?.redirect === true ? 'always' : 'certified';
}
