import { cycleFrom, cycleText, dependenciesOf } from '../../order/depends-on.ts';
import { serviceKey } from '../service.ts';
import type { ServiceSpec } from '../service-spec.ts';
import type { KeyPath, SpecIssue } from './issue.ts';

interface Entry {
  readonly path: KeyPath;
  readonly spec: ServiceSpec;
}

/** What is wrong with `depends_on` as far as the services that stand together tell; each cycle once, at its first service. */
export function misorders(entries: readonly Entry[]): SpecIssue[] {
  const byName = new Map(entries.map((entry) => [serviceKey(entry.spec.project, entry.spec.name), entry.spec]));
  const told = new Set<string>();
  return entries.flatMap(({ path, spec }) => {
    const at = [...path, 'depends_on'];
    const find = (name: string) => byName.get(serviceKey(spec.project, name));
    const endless = Object.entries(spec.dependsOn ?? {}).filter(
      ([name, until]) => until === 'completed' && find(name)?.restart === 'always',
    );
    return [
      ...cycleOf(spec, find, told).map((message) => ({ path: at, message, hint: 'take one of them out' })),
      ...endless.map(([name]) => ({
        path: [...at, name],
        message: neverCompletes(name),
        hint: `write \`restart: on-failure\` or \`never\` in ${name}`,
      })),
    ];
  });
}

export const neverCompletes = (name: string): string => `${name} never completes: it is always restarted`;

function cycleOf(
  spec: ServiceSpec,
  find: (name: string) => ServiceSpec | undefined,
  told: Set<string>,
): readonly string[] {
  if (dependenciesOf(spec).includes(spec.name)) return [`${spec.name} depends on itself`];
  const cycle = cycleFrom(spec.name, (name) => dependenciesOf(find(name) ?? {}));
  if (!cycle) return [];
  const members = [spec.project, ...cycle.slice(1).sort()].join(' ');
  if (told.has(members)) return [];
  told.add(members);
  return [`these services depend on each other: ${cycleText(cycle)}`];
}
