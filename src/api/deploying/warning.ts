import type { ServiceSpec } from '../../core/model/service-spec.ts';

/**
 * A warning about a service, as a sentence that stands by itself: it is shown beside those of other services, and in JSON
 * without anything around it. So whoever makes one names the service, here, and whoever passes it on or shows it adds no name.
 */
export const warningOf = ({ name }: Pick<ServiceSpec, 'name'>, text: string): string => `${name}: ${text}`;
