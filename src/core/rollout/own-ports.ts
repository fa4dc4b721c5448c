import { OrcaError } from '../errors.ts';
import type { PublishedPort, ServiceSpec } from '../model/service-spec.ts';

/** A TCP port of the machine that orca itself listens on, whatever the address. */
export interface OwnPort {
  readonly port: number;
  readonly listener: 'API' | 'ingress' | 'node port';
}

/** As they are now: where they were not set, they are known once something listens. */
export type OwnPorts = () => readonly OwnPort[];

interface Taken extends OwnPort {
  readonly published: PublishedPort;
}

/**
 * The first port that the spec publishes and orca has. On another address too: a client that means orca's, by a name or by
 * the other version of IP, would come to the container, and with it its token.
 */
export function publishedOwnPort({ ports }: ServiceSpec, own: readonly OwnPort[]): Taken | undefined {
  for (const published of ports) {
    const taken = published.protocol === 'tcp' && own.find(({ port }) => port === published.host);
    if (taken) return { ...taken, published };
  }
  return undefined;
}

/** @throws OrcaError `conflict`, for an admin too */
export function requireNotOwn(spec: ServiceSpec, own: readonly OwnPort[]): void {
  const taken = publishedOwnPort(spec, own);
  if (!taken) return;
  throw new OrcaError(
    'conflict',
    `port ${taken.port}/tcp is in use by orca itself: its ${taken.listener} listens there`,
    {
      hint: 'publish another host port; no address of it may be published',
      details: { taken: `port ${taken.port}/tcp` },
    },
  );
}

/** For a service that has the port already, as orca was moved there: undefined where all is well. */
export function ownPortWarning(spec: ServiceSpec, own: readonly OwnPort[]): string | undefined {
  const taken = publishedOwnPort(spec, own);
  return (
    taken &&
    `${spec.project}/${spec.name} publishes port ${taken.port} on ${taken.published.address}, where orca's ${taken.listener} listens: deploy the service with another port, or start orca on another one`
  );
}
