import { BlockList, isIP } from 'node:net';

/** Says of an address whether it is one of the configured proxies. */
export type IsTrusted = (address: string) => boolean;

/** @param entries addresses and CIDRs; one that is neither throws a TypeError or RangeError */
export function trustedProxies(entries: readonly string[]): IsTrusted {
  if (entries.length === 0) return () => false;
  const list = new BlockList();
  for (const entry of entries) addEntry(list, entry);
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6');
  };
}

function addEntry(list: BlockList, entry: string): void {
  const [network = '', bits] = entry.split('/');
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  if (bits === undefined) list.addAddress(network, family);
  else list.addSubnet(network, Number(bits), family);
}
