import { hostOf, wholeName } from '../../names/extra-host.ts';
import type { ServiceSpec } from '../service-spec.ts';
import type { KeyPath, SpecIssue } from './issue.ts';

interface Entry {
  readonly path: KeyPath;
  readonly spec: ServiceSpec;
}

/**
 * Names that hide a service: what stands in a container's /etc/hosts is looked up nowhere else. A service may hide itself, from
 * itself alone.
 */
export function hiddenNames(entries: readonly Entry[]): SpecIssue[] {
  const byName = new Map(entries.map(({ spec }) => [wholeName(spec.name, spec), spec]));
  return entries.flatMap(({ path, spec }) => [
    ...(spec.name === OWN
      ? [{ path, message: `${OWN} is each container itself, so no other service would reach it`, hint: ANOTHER }]
      : []),
    ...spec.extraHosts.flatMap((line, at) => {
      const host = hostOf(line);
      const hidden = byName.get(wholeName(host, spec));
      if (!hidden || hidden === spec) return [];
      const message = `${host} is the service ${hidden.name}, which this container would not reach any more`;
      return [{ path: [...path, 'extra_hosts', at], message, hint: ANOTHER }];
    }),
  ]);
}

const OWN = 'localhost';
const ANOTHER = 'choose another name';
