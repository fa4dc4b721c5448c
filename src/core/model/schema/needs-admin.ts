import type { ServiceSpec } from '../service-spec.ts';
import { LOCAL_DRIVER, volumesOf } from '../volume.ts';
import { isLoopback } from './ip-address.ts';

/** Ports of the machine's own doors: ssh, DNS, the ingress, the API. */
const GUARDED = new Set([22, 53, 80, 443, 6880]);

/** Why only an admin may deploy this spec, a sentence each; empty if a deployer may. */
export function needsAdmin(spec: ServiceSpec): string[] {
  return [
    ...portsOf(spec),
    ...mountsOf(spec),
    ...spec.capKeep.map((name) => `keeping the capability ${name} needs an admin`),
  ];
}

const portsOf = ({ ports }: ServiceSpec): string[] =>
  ports.flatMap(({ address, host }) => [
    ...(GUARDED.has(host) ? [`publishing host port ${host} needs an admin`] : []),
    ...(isLoopback(address)
      ? []
      : [`publishing port ${host} on ${address}, beyond the machine itself, needs an admin`]),
  ]);

/** A volume's driver, and the options of any, can lead to any path of the machine, the Docker socket among them. */
const mountsOf = (spec: ServiceSpec): string[] => [
  ...spec.hostPaths.map(({ path }) => `mounting the host path ${path} needs an admin`),
  ...volumesOf(spec).flatMap(({ name, driver, driverOpts }) => [
    ...(driver === LOCAL_DRIVER ? [] : [`the driver ${driver} of the volume ${name} needs an admin`]),
    ...(Object.keys(driverOpts).length === 0 ? [] : [`driver_opts of the volume ${name} need an admin`]),
  ]),
];
