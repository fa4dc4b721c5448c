import fc from 'fast-check';
import { engineTime } from '../../../../src/core/clock.ts';
import type { RoutedService } from '../../../../src/core/route/build-table.ts';
import { spec } from '../../core/rollout/spec.ts';
import { deployment, revision, service, task } from '../support/shop.ts';

/** One thing that happens to one of a few services. */
const change = fc.record({
  name: fc.constantFrom('api', 'db', 'web'),
  project: fc.constantFrom('crm', 'shop'),
  is: fc.constantFrom('gone', 'deploying', 'calm'),
  domains: fc.constantFrom([], ['a.test'], ['a.test', 'b.test']),
  internal: fc.constantFrom(undefined, true as const, ['crm']),
  port: fc.constantFrom(8080, undefined),
  tasks: fc.array(
    fc.record({
      routed: fc.boolean(),
      node: fc.constantFrom('local', 'b'),
      start: fc.constantFrom(1, 2, undefined),
      isSeen: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
});
export type ServiceChange = typeof change extends fc.Arbitrary<infer T> ? T : never;
/** Most of them say again what is so already, in new objects. */
export const changes = fc.array(fc.oneof(change, fc.constant('again' as const)), { minLength: 1, maxLength: 12 });

export const START_SEEN = 99_000;

/** The services after each of the changes: those that are not concerned are the same objects. */
export function* histories(all: readonly (ServiceChange | 'again')[]): Generator<readonly RoutedService[]> {
  const services = new Map<string, { readonly change: ServiceChange; readonly routed: RoutedService }>();
  for (const one of all) {
    const [first] = services.values();
    const next = one === 'again' ? first?.change : one;
    if (next?.is === 'gone') services.delete(`${next.project}/${next.name}`);
    else if (next) services.set(`${next.project}/${next.name}`, { change: next, routed: routedOf(next) });
    yield [...services.values()].map(({ routed }) => routed);
  }
}

function routedOf({ name, project, is, domains, internal, port, tasks }: ServiceChange): RoutedService {
  const its = spec({ name, project, domains, internal, port });
  const isDeploying = is === 'deploying';
  return {
    service: service({ name, project, replicas: 3 }),
    target: { ...revision({ service: name, spec: its }), project },
    from: isDeploying
      ? { ...revision({ service: name, spec: spec({ name, project, domains: ['old.test'] }) }), project }
      : undefined,
    deployment: isDeploying ? deployment({ service: name, project }) : undefined,
    tasks: tasks.map(({ routed, node, start, isSeen }, index) => {
      const id = `${project}-${name}-${index}`;
      const own = task({
        id,
        project,
        service: name,
        slot: index + 1,
        node,
        routed,
        networks: { [project]: `10.0.0.${index}` },
      });
      return { task: own, spec: its, container: isSeen ? containerOf(id, project, index, start) : undefined };
    }),
  };
}

const containerOf = (id: string, project: string, index: number, start: number | undefined) => ({
  id: `c-${id}`,
  name: id,
  labels: { 'orca.project': project },
  state: 'running' as const,
  startedAt: start === undefined ? undefined : engineTime(start),
  startSeenAt: start === 2 ? START_SEEN : 1,
  networks: { [`net-${project}`]: `10.0.0.${index}` },
  oomKilled: false,
  restarts: 0,
});
