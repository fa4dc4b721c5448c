import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DOCKER_HUB, hostOf } from '../core/registry/place.ts';
import { isPrivateAddress } from './private-address.ts';

/** Which registries the engine may be sent to. */
export interface RegistryRule {
  /** Why not, for the server's log; undefined: it may. @param repository as images are named: `registry.example.com:5000/shop` */
  refusal(repository: string): Promise<string | undefined>;
  /**
   * The address to connect to: what was looked at is what is used, however often the name changes what it leads to.
   *
   * @param place `host` or `host:port`
   * @throws Error for a private address, and for a name that leads nowhere
   */
  addressOf(place: string): Promise<string>;
}

export interface RegistryRuleOptions {
  /** Registries on private addresses that may be asked: `host:port` as it stands in image names, or `host` for all its ports. */
  readonly allowPrivate: readonly string[];
  /** All addresses of a name; rejects if it has none. */
  readonly addressesOf?: ((host: string) => Promise<readonly string[]>) | undefined;
  /** What takes longer to look up is not waited for, ms. */
  readonly patience?: number | undefined;
}

const PATIENCE = 3_000;

/**
 * Refuses registries on loopback, private and link-local addresses: whoever may deploy could else make the engine speak to
 * whatever listens there. A name counts with all its addresses. One that cannot be looked up is left to the engine.
 *
 * It is no wall: the engine looks the name up anew, and goes where a registry sends it for a token.
 */
export function createRegistryRule(options: RegistryRuleOptions): RegistryRule {
  const { allowPrivate, addressesOf = systemAddresses, patience = PATIENCE } = options;
  const allowed = new Set(allowPrivate.map((one) => one.toLowerCase()));

  const find = async (host: string): Promise<readonly string[]> => {
    if (isIP(host) !== 0) return [host];
    const late = sleep(patience, [], { ref: false });
    return Promise.race([addressesOf(host).catch(() => []), late]);
  };

  const isAllowed = (place: string) => allowed.has(place) || allowed.has(withoutPort(place));

  return {
    async refusal(repository) {
      const place = hostOf(repository);
      if (place === undefined || place === DOCKER_HUB) return undefined; // Nobody's choice.
      if (isAllowed(place)) return undefined;
      const host = withoutPort(place);
      if (isLocal(host)) return refused(place, host);
      const found = (await find(host)).find(isPrivateAddress);
      return found === undefined ? undefined : refused(place, found);
    },
    async addressOf(place) {
      const host = withoutPort(place);
      const found = await find(host);
      const hidden = isLocal(host) ? host : found.find(isPrivateAddress);
      if (hidden !== undefined && !isAllowed(place)) throw new Error(refused(place, hidden));
      const [address] = found;
      if (address === undefined) throw new Error(`${host} leads to no address`);
      return address;
    },
  };
}

/** For where every registry may be asked. */
export async function anyAddressOf(place: string): Promise<string> {
  const [address = ''] = await systemAddresses(withoutPort(place));
  return address;
}

const isLocal = (host: string): boolean => host === 'localhost' || host.endsWith('.localhost');

const refused = (place: string, address: string): string =>
  `the registry ${place} is on the private address ${address}; name it in \`registries.allow_private\` if it may be used`;

const withoutPort = (place: string): string => /^\[(.*)\](?::\d+)?$/.exec(place)?.[1] ?? place.replace(/:\d+$/, '');

const systemAddresses = async (host: string): Promise<readonly string[]> =>
  (await lookup(host, { all: true })).map(({ address }) => address);
