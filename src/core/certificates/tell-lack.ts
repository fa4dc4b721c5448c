import type { ServiceSpec } from '../model/service-spec.ts';
import { isPublicName } from './public-name.ts';

/**
 * What to do so that the domains of a service get a certificate, as a sentence; undefined where nothing is to be done.
 * @param isHeld whether a name has one already
 */
export function tellLack(
  { domains, tls }: Pick<ServiceSpec, 'domains' | 'tls'>,
  isHeld: (name: string) => boolean,
): string | undefined {
  if (tls !== undefined && tls.mode !== 'auto') return undefined;
  const [first, ...others] = domains.filter((name) => isPublicName(name) && !isHeld(name));
  if (first === undefined) return undefined;
  const which = others.length === 0 ? first : `${first} and ${others.length} more`;
  return `browsers warn about https://${which} until an admin agrees once to the terms of a CA: orca certs agree`;
}
