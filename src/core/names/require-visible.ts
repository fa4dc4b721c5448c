import { OrcaError } from '../errors.ts';
import type { ServiceSpec } from '../model/service-spec.ts';
import type { MayDeployTo } from './consent.ts';
import { hostOf, wholeName } from './extra-host.ts';
import { gives } from './networks.ts';

type Named = Pick<ServiceSpec, 'project' | 'name' | 'internal' | 'extraHosts'>;

export interface Around {
  /** The service as it is wanted and as it serves. */
  readonly own: readonly Named[];
  /** All others, as they are wanted. */
  readonly others: readonly Named[];
  readonly mayDeployTo: MayDeployTo;
}

/**
 * What stands in a container's /etc/hosts is looked up nowhere else. Neither may a new line of `extra_hosts` hide a service that is
 * there, nor a service come to a name that is hidden from those who would reach it by it. What is so already stays.
 *
 * @throws OrcaError `conflict`, with the place in the service
 */
export function requireVisible(spec: Named, { own, others, mayDeployTo }: Around): void {
  const held = new Set(own.flatMap(({ extraHosts }) => extraHosts));
  for (const [at, line] of spec.extraHosts.entries()) {
    if (held.has(line)) continue;
    const hidden = others.find((other) => isHidden(other, spec, line));
    if (hidden)
      throw new OrcaError(
        'conflict',
        `${spec.name}: extra_hosts[${at}]: ${hostOf(line)} is the service ${hidden.name}, which this container would not reach any more`,
        {
          hint: 'choose another name',
          details: { path: `extra_hosts[${at}]` },
        },
      );
  }
  const hiding = others.find(
    (other) =>
      !own.some((before) => isToldTo(before, other)) && other.extraHosts.some((line) => isHidden(spec, other, line)),
  );
  if (!hiding) return;
  const whose = mayDeployTo(hiding.project) ? `the service ${hiding.name}` : 'a service of another project';
  throw new OrcaError(
    'conflict',
    `${spec.name}: name: ${whose} has a line with this name in its extra_hosts, and would not reach it`,
    {
      hint: 'choose another name, or take that line away first',
      details: { path: 'name' },
    },
  );
}

/** From one that would reach it by that name. */
const isHidden = (hidden: Named, asker: Named, line: string): boolean =>
  isToldTo(hidden, asker) && wholeName(hostOf(line), asker) === wholeName(hidden.name, hidden);

const isToldTo = ({ project, internal }: Named, asker: Named): boolean =>
  project === asker.project || gives(internal, asker.project);
