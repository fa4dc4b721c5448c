import { OrcaError } from '../../core/errors.ts';
import type { NodeNetwork } from '../../core/model/node.ts';
import { nextAddress } from '../../core/route/addresses.ts';
import type { State } from '../../store/state.ts';
import type { World } from '../world.ts';
import { holdAddress } from './held-addresses.ts';

/** Who has which addresses of a network. */
export interface Places {
  /** Of every task that runs, of ended ones that some worker may still send others to, and of every container that is there. */
  readonly used: Set<string>;
  /** Of ended ones: taken again only when there is no other, as something may still be there that made them fail. */
  readonly rested: ReadonlySet<string>;
}

/** The lowest address that nobody has, nor had; undefined if the network is full. */
export const freeAddress = (subnet: string, { used, rested }: Places): string | undefined =>
  nextAddress(subnet, used.union(rested)) ?? nextAddress(subnet, used);

type Observed = Pick<World, 'containers' | 'routing'>;

/** A project's network on a node. */
export interface OnNode {
  readonly node: string;
  readonly key: string;
}

/** @param network as Docker knows it */
export async function placesOn(state: State, world: Observed, { node, key }: OnNode, network: string): Promise<Places> {
  const { records } = await state.tasks.listReadable();
  const tasks = records.map(({ value }) => value).filter((task) => task.node === node);
  const addressOf = ({ networks }: (typeof tasks)[number]) => networks?.[key] ?? [];
  return {
    used: new Set([
      ...holdAddress(tasks, world).flatMap(addressOf),
      ...(world.containers(node) ?? []).flatMap(({ networks }) => networks?.[network] ?? []),
    ]),
    rested: new Set(tasks.flatMap(addressOf)),
  };
}

/** @throws OrcaError `unplaceable` if it is full */
export async function freeAddressOn(state: State, world: Observed, on: OnNode, at: NodeNetwork): Promise<string> {
  return orFull(at, freeAddress(at.subnet, await placesOn(state, world, on, at.network)));
}

/** @throws OrcaError `unplaceable` */
export function orFull({ network, subnet }: NodeNetwork, address: string | undefined): string {
  if (address !== undefined) return address;
  throw new OrcaError('unplaceable', `the network ${network} (${subnet}) has no free address`);
}
