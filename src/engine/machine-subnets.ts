import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';

/** IPv4 subnets that this machine has addresses in or routes to, the default route left out. */
export async function machineSubnets(): Promise<string[]> {
  const routes = await readFile('/proc/net/route', 'utf8').catch(() => '');
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const subnets = addresses.map(({ cidr }) => cidr).filter((cidr) => cidr !== null);
  return [...new Set([...subnets.filter((cidr) => !cidr.includes(':')), ...parseRoutes(routes)])];
}

/** @param text of /proc/net/route: columns 2 and 8 are destination and mask in hexadecimal, lowest byte first (proc_pid_net(5)) */
export const parseRoutes = (text: string): string[] =>
  text
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter((fields) => fields[1] !== undefined && fields[7] !== undefined && Number.parseInt(fields[7], 16) !== 0)
    .map((fields) => `${address(fields[1] ?? '')}/${ones(fields[7] ?? '')}`);

const address = (hex: string): string => [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.');

const ones = (hex: string): number => Number.parseInt(hex, 16).toString(2).replaceAll('0', '').length;
