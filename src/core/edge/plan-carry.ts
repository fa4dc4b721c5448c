import { PORT_SHIFTS, SERVICE_ADDRESSES } from '../names/service-addresses.ts';

/** Of iptables: what comes to a service's address is moved to the port that its data plane listens on. */
export const CARRY_CHAIN = 'ORCA-CARRIED';

/** Of a machine, what decides whether connections of containers to services' addresses come to its data plane. */
export interface CarryView {
  /** Routes within the addresses of services, of all tables. */
  readonly routes: readonly { readonly type: string; readonly to: string }[];
  /** Lines of `iptables -t nat -S`. */
  readonly rules: readonly string[];
}

/** `chain`: with all that is in it, anew. `jump`: to the chain, for the bridge. */
export type CarryStep = 'route' | 'chain' | 'jump';

/** @returns steps, safe to repeat; or the route that takes the addresses for something else */
export function planCarry(
  { routes, rules }: CarryView,
  bridge: string,
): readonly CarryStep[] | { readonly inTheWay: string } {
  const other = routes.find((one) => !isOwn(one));
  if (other) return { inTheWay: other.to };
  const lines = rules.filter((line) => line.startsWith(`-A ${CARRY_CHAIN} `));
  const isWhole =
    lines.length === PORT_SHIFTS.length && CARRY_RULES.every((rule) => lines.some((one) => says(one, rule)));
  const jumps = rules.filter((line) => line.startsWith('-A PREROUTING ') && line.endsWith(`-j ${CARRY_CHAIN}`));
  return [
    ...(routes.some(isOwn) ? [] : ['route' as const]),
    ...(isWhole ? [] : ['chain' as const]),
    ...(jumps.some((line) => line.includes(` -i ${bridge} `)) ? [] : ['jump' as const]),
  ];
}

const isOwn = ({ type, to }: CarryView['routes'][number]): boolean => type === 'local' && to === SERVICE_ADDRESSES;

interface CarryRule {
  readonly ports: string;
  readonly to: string;
}

/** The machine may not have the address at all: only the port changes. */
const CARRY_RULES: readonly CarryRule[] = PORT_SHIFTS.map(({ from, to, onto, ontoLast }) => ({
  ports: `${from}:${to}`,
  to: `:${onto}-${ontoLast}/${from}`,
}));

const says = (line: string, { ports, to }: CarryRule): boolean =>
  line.includes(` ${ports} `) && line.endsWith(` ${to}`);

/** For `iptables-restore --noflush`: begins by emptying the chain, which it makes where there is none. */
export const CARRY_RESTORE = [
  '*nat',
  `:${CARRY_CHAIN} - [0:0]`,
  ...CARRY_RULES.map(
    ({ ports, to }) => `-A ${CARRY_CHAIN} -p tcp -m tcp --dport ${ports} -j DNAT --to-destination ${to}`,
  ),
  'COMMIT',
  '',
].join('\n');

/** What leads from the bridge to the chain, behind `-A` or `-C` and the name of the chain that it stands in. */
export const carryJump = (bridge: string): readonly string[] => [
  ...['-i', bridge],
  ...['-d', SERVICE_ADDRESSES],
  ...['-p', 'tcp'],
  ...['-j', CARRY_CHAIN],
];
