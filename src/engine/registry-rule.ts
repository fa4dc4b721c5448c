import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DOCKER_HUB, hostOf } from '../core/registry/place.ts';
import { isPrivateAddress } from './private-address.ts';

/** Which registries the engine may be sent to. */
export interface RegistryRule {
  /** Why not, for the server's log; undefined: it may. @param repository as images are named: `registry.example.com:5000/shop` */
  refusal(repository: string): Promise<string | undefined>;
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

  return {
    async refusal(repository) {
      const place = hostOf(repository);
      if (place === undefined || place === DOCKER_HUB) return undefined; // Nobody's choice.
      const host = withoutPort(place);
      if (allowed.has(place) || allowed.has(host)) return undefined;
      if (host === 'localhost' || host.endsWith('.localhost')) return refused(place, host);
      const found = (await find(host)).find(isPrivateAddress);
      return found === undefined ? undefined : refused(place, found);
    },
  };
}

const refused = (place: string, address: string): string =>
  `the registry ${place} is on the private address ${address}; name it in \`registries.allow_private\` if it may be used`;

const withoutPort = (place: string): string => /^\[(.*)\](?::\d+)?$/.exec(place)?.[1] ?? place.replace(/:\d+$/, '');

const systemAddresses = async (host: string): Promise<readonly string[]> =>
  (await lookup(host, { all: true })).map(({ address }) => address);
