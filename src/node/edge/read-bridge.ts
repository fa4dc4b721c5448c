import { readFile } from 'node:fs/promises';
import type { BridgePort, BridgeView, Pin } from '../../core/edge/plan-lock.ts';
import { runTool } from './tools.ts';

/** Of `ip -json` and `bridge -json`, what is read; see ip-neighbour(8), ip-link(8), bridge(8). */
interface NeighbourLine {
  readonly dst: string;
  readonly lladdr?: string;
}
interface LinkLine {
  readonly ifname: string;
  readonly ifindex: number;
  readonly link_index?: number;
  readonly linkinfo?: {
    readonly info_slave_data?: { readonly isolated?: boolean; readonly learning?: boolean; readonly flood?: boolean };
  };
}
interface ForwardingLine {
  readonly mac: string;
  readonly ifname: string;
  readonly master?: string;
  readonly state?: string;
}

/** @param bridge name of its interface */
export async function readBridge(bridge: string): Promise<BridgeView> {
  const [neighbours, links, forwarding, hasIpv6] = await Promise.all([
    read<NeighbourLine>('ip', ['-4', '-j', 'neigh', 'show', 'dev', bridge, 'nud', 'permanent']),
    read<LinkLine>('ip', ['-d', '-j', 'link', 'show', 'master', bridge]),
    read<ForwardingLine>('bridge', ['-j', 'fdb', 'show', 'br', bridge]),
    speaksIpv6(bridge),
  ]);
  return {
    hasIpv6,
    neighbours: neighbours.map(({ dst, lladdr = '' }) => ({ address: dst, hardware: lladdr })),
    ports: links.map(portOf),
    pins: forwarding.filter(isPin).map(({ mac, ifname }): Pin => ({ hardware: mac, port: ifname })),
  };
}

/** Lists without an entry are printed as nothing at all. */
const read = async <Line>(tool: string, args: readonly string[]): Promise<readonly Line[]> =>
  JSON.parse((await runTool(tool, args)).trim() || '[]') as Line[];

function portOf({ ifname, ifindex, link_index, linkinfo }: LinkLine): BridgePort {
  const flags = linkinfo?.info_slave_data ?? {};
  return {
    name: ifname,
    index: ifindex,
    peer: link_index ?? 0,
    isolated: flags.isolated ?? false,
    learns: flags.learning ?? true,
    floods: flags.flood ?? true,
  };
}

/** A learned one has no state; `permanent` are the bridge's and its ports' own addresses. */
const isPin = ({ master, state }: ForwardingLine): boolean => master !== undefined && state === 'static';

/** Without the file the kernel has no IPv6. */
const speaksIpv6 = async (bridge: string): Promise<boolean> =>
  (await readFile(disableIpv6(bridge), 'utf8').catch(() => '1')).trim() === '0';

export const disableIpv6 = (bridge: string): string => `/proc/sys/net/ipv6/conf/${bridge}/disable_ipv6`;
