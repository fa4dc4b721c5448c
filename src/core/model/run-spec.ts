import type { ServiceSpec } from './service-spec.ts';
import { literal } from './templates.ts';

/**
 * The spec of a one-off container of a service: another command, no ports, started once. What only one task may write to is
 * read-only in it, so that no task has to stop for it.
 */
export const runSpec = (spec: ServiceSpec, command: readonly string[]): ServiceSpec => ({
  ...spec,
  command: command.map(literal),
  ports: [],
  restart: 'never',
  volumes: spec.volumes.map((mount) => ({ ...mount, readOnly: mount.readOnly || !mount.volume.shared })),
  hostPaths: spec.hostPaths.map((mount) => ({ ...mount, readOnly: mount.readOnly || !mount.shared })),
});
