import { sharedMount } from '../claims/mounts.ts';
import { type ServiceKey, serviceKey } from '../model/service.ts';
import type { PlacementSpec, PublishedPort, Resources, ServiceSpec } from '../model/service-spec.ts';
import { LOCAL_DRIVER, type VolumeSpec, volumeName, volumesOf } from '../model/volume.ts';

/** What each task of a service asks of its node. */
export interface Wanted {
  readonly service: ServiceKey;
  /** As sentences call it. */
  readonly name: string;
  readonly reserve: Resources;
  readonly ports: readonly PublishedPort[];
  /** Requests come to it through an ingress. */
  readonly isServed: boolean;
  /** Volumes, as the engine names them, whose data are on one node: tasks go where these are. */
  readonly pins: readonly string[];
  /** What two tasks of a slot cannot have at once, wherever they are: `volume shop_data`. */
  readonly alone?: string | undefined;
  readonly placement: PlacementSpec;
  /** What is known of its image on nodes. */
  readonly image?: ImageOnNodes | undefined;
}

/** Where an image is, and where it cannot be had: ids of nodes. */
export interface ImageOnNodes {
  readonly on: ReadonlySet<string>;
  /** Why it could not be pulled, where that was tried a moment ago. */
  readonly failed: ReadonlyMap<string, string>;
}

export const wantedOf = (spec: ServiceSpec, image?: ImageOnNodes): Wanted => ({
  service: serviceKey(spec.project, spec.name),
  name: spec.name,
  reserve: spec.reserve,
  ports: spec.ports,
  isServed: spec.domains.length > 0,
  pins: volumesOf(spec)
    .filter((volume) => !isOnNetwork(volume))
    .map((volume) => volumeName(spec.project, volume)),
  alone: sharedMount(spec, spec),
  placement: spec.placement,
  image,
});

const NETWORK_TYPES: ReadonlySet<string> = new Set(['nfs', 'nfs4', 'cifs']);

/** Each node mounts the same data. Of the drivers of others nobody knows: their data are taken to be where they were made. */
const isOnNetwork = ({ driver, driverOpts }: VolumeSpec): boolean =>
  driver === LOCAL_DRIVER && NETWORK_TYPES.has(driverOpts['type'] ?? '');
