import type { Address } from './config.ts';
import { httpPort } from './core/route/settings.ts';

interface DataPlane {
  ports(): readonly number[];
  inForce(): Readonly<Record<string, string>>;
}

/** Where plain HTTP is served: not the port of HTTPS, which may be the only one. Undefined where it is off. */
export const plainPort = (link: DataPlane & { https(): number | undefined }): number | undefined =>
  link.ports().find((port) => port !== link.https()) ?? httpPort(link.inForce());

/** Where the ingress listens, and where the next data plane would: as the kernel has it, as one that is older says, as set. */
export function ingressPorts(link: DataPlane, ...wanted: readonly (Address | 'off')[]): readonly number[] {
  const ports = wanted.map((one) => (one === 'off' ? undefined : one.port));
  const all = [...link.ports(), httpPort(link.inForce()), ...ports];
  return [...new Set(all)].filter((port): port is number => (port ?? 0) !== 0);
}
