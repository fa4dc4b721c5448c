import type { ServiceSpec } from '../service-spec.ts';
import { isLoopback } from './ip-address.ts';

/** Ports of the machine's own doors: ssh, DNS, the ingress, the API. */
const GUARDED = new Set([22, 53, 80, 443, 6880]);

/** Why only an admin may deploy this spec, a sentence each; empty if a deployer may. */
export function needsAdmin(spec: ServiceSpec): string[] {
  return [...portsOf(spec), ...spec.capKeep.map((name) => `keeping the capability ${name} needs an admin`)];
}

const portsOf = ({ ports }: ServiceSpec): string[] =>
  ports.flatMap(({ address, host }) => [
    ...(GUARDED.has(host) ? [`publishing host port ${host} needs an admin`] : []),
    ...(isLoopback(address)
      ? []
      : [`publishing port ${host} on ${address}, beyond the machine itself, needs an admin`]),
  ]);
