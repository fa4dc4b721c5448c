import { BlockList, isIP, isIPv4 } from 'node:net';

/** Networks that lead to this machine or to ones beside it, and to no registry on the internet: IANA's special-purpose registries. */
const NETWORKS = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
] as const;

/** Loopback, private, link-local, or for no single host; an IPv4 address written as IPv6 too. False for what is no address. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  return networks().check(address, family === 4 ? 'ipv4' : 'ipv6');
}

function networks(): BlockList {
  const list = new BlockList();
  for (const network of NETWORKS) {
    const [base = '', bits] = network.split('/');
    list.addSubnet(base, Number(bits), isIPv4(base) ? 'ipv4' : 'ipv6');
  }
  return list;
}
