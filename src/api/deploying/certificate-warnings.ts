import { tellLack } from '../../core/certificates/tell-lack.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import { ifReadable } from '../../store/if-readable.ts';
import type { State } from '../../store/state.ts';
import { warningOf } from './warning.ts';

export interface HttpsServed {
  /** URL of the ACME directory that is set. */
  readonly authority: string;
  /** Whether the data plane serves HTTPS: on a port of its own, or none. */
  readonly isServed: () => boolean;
}

/** That no CA signs for the domains of a service as nobody has agreed to its terms, as a warning of a plan and a deploy. */
export async function certificateWarnings(
  state: State,
  { authority, isServed }: HttpsServed,
  spec: ServiceSpec,
): Promise<readonly string[]> {
  if (!isServed() || (await ifReadable(state.acmeAgreements.get(encodeURIComponent(authority))))) return [];
  const held = new Set((await state.certificates.listReadable()).records.map(({ value }) => value.name));
  const lack = tellLack(spec, (name) => held.has(name));
  return lack === undefined ? [] : [warningOf(spec, lack)];
}
