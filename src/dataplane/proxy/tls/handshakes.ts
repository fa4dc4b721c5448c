import type { Socket } from 'node:net';
import { AddressCount } from '../address-count.ts';

interface Shaking {
  readonly socket: Socket;
  readonly address: string;
}

/** Connections whose TLS handshakes are under way. Known by where they come from: a TLS socket does not tell of which it is made. */
export class Handshakes {
  readonly #shaking = new Map<string, Shaking>();
  readonly #perAddress = new AddressCount();
  readonly #most: number;

  /** @param most of one address, 0: any number */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#shaking.size;
  }

  mayBegin(address: string): boolean {
    return this.#most === 0 || this.#perAddress.of(address) < this.#most;
  }

  /** @returns its name, for `end` */
  begin(socket: Socket, address: string): string {
    const name = nameOf(socket);
    this.#shaking.set(name, { socket, address });
    this.#perAddress.add(address);
    return name;
  }

  /** It has failed, or is over. One that has ended already stays ended. */
  end(name: string): void {
    const found = this.#shaking.get(name);
    if (this.#shaking.delete(name) && found) this.#perAddress.delete(found.address);
  }

  succeeded(secure: Socket): void {
    this.end(nameOf(secure));
  }

  destroy(): void {
    for (const { socket } of this.#shaking.values()) socket.destroy();
  }
}

const nameOf = ({ remoteAddress, remotePort, localAddress }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress}`;
