import type { ContainerView } from '../model/container.ts';
import { hardwareAddress } from './hardware-address.ts';

/** Who alone may be found at an address of a bridge. */
export interface Member {
  readonly address: string;
  readonly hardware: string;
}

/**
 * The addresses of tasks and containers, by address. A container says which hardware address it has while it runs: those of
 * older versions may have one that Docker chose. A task is a member before its container is there.
 */
export function membersOf(
  tasks: readonly { readonly address: string }[],
  containers: readonly Pick<ContainerView, 'address' | 'hardware'>[],
): Member[] {
  const addresses = [...tasks, ...containers].flatMap(({ address }) => address ?? []);
  const told = new Map(containers.map(({ address, hardware }) => [hardware && address, hardware]));
  return [...new Set(addresses)]
    .sort()
    .map((address) => ({ address, hardware: told.get(address) ?? hardwareAddress(address) }));
}
