import type { EdgeContainer } from '../../core/edge/edge.ts';
import type { BridgePort, Pin } from '../../core/edge/plan-lock.ts';
import { networksOf } from './network-of.ts';
import { runTool } from './tools.ts';

/** An interface of a container, as `ip -json link` shows it from inside. */
interface Inside {
  readonly ifindex: number;
  readonly link_index?: number;
  readonly address?: string;
}

const AT_ONCE = 8;

/**
 * Which port of a bridge leads to which container, as both ends of the cable say it: what has come in at a port says nothing,
 * since a container may send with any hardware address. It has no say in which one its interface has.
 */
export async function findPorts(containers: readonly EdgeContainer[], ports: readonly BridgePort[]): Promise<Pin[]> {
  const networks = await networksOf(containers);
  const queue = containers.filter(({ id }) => networks.has(id));
  const pins: Pin[] = [];
  const work = async () => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const port = await portOf(next, networks.get(next.id) ?? '', ports);
      if (port !== undefined && next.hardware !== undefined) pins.push({ hardware: next.hardware, port: port.name });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return pins;
}

/** Undefined also if it has ended meanwhile. */
async function portOf(
  { hardware }: EdgeContainer,
  network: string,
  ports: readonly BridgePort[],
): Promise<BridgePort | undefined> {
  const printed = await runTool('nsenter', [`--net=${network}`, 'ip', '-j', 'link', 'show']).catch(() => '[]');
  const inside = (JSON.parse(printed || '[]') as Inside[]).find(({ address }) => address === hardware);
  return inside && ports.find(({ index, peer }) => index === inside.link_index && peer === inside.ifindex);
}
