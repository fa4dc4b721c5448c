import type { Member } from './members.ts';

/** A bridge of the machine, cut down to what decides where a frame goes. */
export interface BridgeView {
  /** The machine speaks IPv6 on it. */
  readonly hasIpv6: boolean;
  /** Permanent ones: the machine neither asks who has these addresses, nor believes who says so. */
  readonly neighbours: readonly Member[];
  readonly ports: readonly BridgePort[];
  readonly pins: readonly Pin[];
}

export interface BridgePort {
  readonly name: string;
  /** Number of the port's interface, and of the one at its other end. */
  readonly index: number;
  readonly peer: number;
  /** Frames from here reach the machine only, no other isolated port. */
  readonly isolated: boolean;
  /** Whose frames come in here is from then on sought here. */
  readonly learns: boolean;
  /** Frames for nobody known go out here, too. */
  readonly floods: boolean;
}

/** Frames to the hardware address go out of this port, whatever comes in elsewhere. */
export interface Pin {
  readonly hardware: string;
  readonly port: string;
}

export type LockStep =
  | ({ readonly kind: 'neighbour' } & Member)
  | { readonly kind: 'forget'; readonly address: string }
  | ({ readonly kind: 'pin' } & Pin)
  | { readonly kind: 'port'; readonly port: string; readonly closed: boolean }
  | { readonly kind: 'no-ipv6' };

/**
 * What is to be done so that no container of a bridge receives what is meant for another: by answering for its address
 * (ARP), by sending with its hardware address, or by listening. Also what to take back of those who are gone.
 *
 * A port is closed only when its pin was seen: a container whose pin failed is reached as by any bridge.
 *
 * @param found which ports lead to members that have no pin yet
 */
export const planLock = (members: readonly Member[], found: readonly Pin[], bridge: BridgeView): LockStep[] => [
  ...(bridge.hasIpv6 ? [{ kind: 'no-ipv6' } as const] : []),
  ...neighbourSteps(members, bridge.neighbours),
  ...found.filter((pin) => !isPinned(bridge, pin)).map((pin) => ({ kind: 'pin', ...pin }) as const),
  ...bridge.ports.flatMap((port) => portSteps(port, bridge.pins)),
];

function neighbourSteps(members: readonly Member[], neighbours: readonly Member[]): LockStep[] {
  const known = new Map(neighbours.map(({ address, hardware }) => [address, hardware]));
  const wanted = new Set(members.map(({ address }) => address));
  return [
    ...members
      .filter(({ address, hardware }) => known.get(address) !== hardware)
      .map((member) => ({ kind: 'neighbour', ...member }) as const),
    ...neighbours
      .filter(({ address }) => !wanted.has(address))
      .map(({ address }) => ({ kind: 'forget', address }) as const),
  ];
}

function portSteps({ name, isolated, learns, floods }: BridgePort, pins: readonly Pin[]): LockStep[] {
  const closed = pins.some(({ port }) => port === name);
  const isRight = isolated && learns === !closed && floods === !closed;
  return isRight ? [] : [{ kind: 'port', port: name, closed }];
}

const isPinned = ({ pins }: BridgeView, { hardware, port }: Pin): boolean =>
  pins.some((pin) => pin.hardware === hardware && pin.port === port);
