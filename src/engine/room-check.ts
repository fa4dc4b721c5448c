import { BlockList, isIP, isIPv4 } from 'node:net';
import type { ImageInfo, ImageInspectInfo } from 'dockerode';
import { lacksRoom, missingSize } from '../core/disk/room.ts';
import { OrcaError } from '../core/errors.ts';
import type { ResolvedImage } from '../core/model/revision.ts';
import { fullName, registryOf } from '../core/registry/place.ts';
import type { DockerClient } from './client.ts';
import type { RegistryAccount } from './credentials/account.ts';
import { dial } from './dial.ts';
import type { PullForecast } from './engine.ts';
import type { DiskInfo, DiskOf, EngineDisk } from './free-disk.ts';
import { parseImageReference } from './image-reference.ts';
import type { Registries } from './registry.ts';
import { askLayers, type ImageLayers, type Layer } from './registry-client/image-layers.ts';
import { anyAddressOf } from './registry-rule.ts';

/** What a pull will bring, and whether there is room for it. */
export interface RoomCheck {
  /**
   * Before a pull: what the image is made of, as far as its registry tells.
   *
   * @throws OrcaError `unplaceable` if it certainly does not fit on the engine's disk
   */
  demand(image: ResolvedImage, account?: RegistryAccount): Promise<readonly Layer[] | undefined>;
  /** The same, told beforehand. */
  foresee(image: ResolvedImage, account?: RegistryAccount): Promise<PullForecast>;
}

export interface RoomCheckOptions {
  readonly client: DockerClient;
  readonly registries: Registries;
  readonly diskOf: DiskOf;
}

/** A pull waits for no registry that only the engine reaches, ms. */
const PATIENCE = 5_000;
/** And not again for so long, ms. */
const AVOIDED_FOR = 10 * 60_000;
const REMEMBERED = 100;
/** Images whose layers are compared. */
const COMPARED = 100;

export function createRoomCheck({ client, registries, diskOf }: RoomCheckOptions): RoomCheck {
  /** Registries that did not answer this process, and until when they are not asked, by the clock of the process. */
  const avoided = new Map<string, number>();

  const ask = async (image: ResolvedImage, info: Info, account: RegistryAccount | undefined): Promise<ImageLayers> => {
    const { repository = '', digest = '' } = parseImageReference(image.pinned) ?? {};
    const registry = registryOf(repository);
    const addressOf = registries.rule?.addressOf ?? anyAddressOf;
    return askLayers({
      registry,
      name: fullName(repository).slice(registry.length + 1),
      digest,
      platform: platformOf(info),
      account,
      isInsecure: await isInsecure(info, registry, addressOf),
      addressOf,
      signal: AbortSignal.timeout(PATIENCE),
    });
  };

  const known = async (
    image: ResolvedImage,
    info: Info,
    account?: RegistryAccount,
  ): Promise<ImageLayers | undefined> => {
    const registry = registryOf(parseImageReference(image.pinned)?.repository ?? '');
    if ((avoided.get(registry) ?? 0) > performance.now()) return undefined;
    try {
      return await ask(image, info, account);
    } catch (error) {
      if (avoided.size >= REMEMBERED) avoided.clear();
      if (isUnreached(error)) avoided.set(registry, performance.now() + AVOIDED_FOR);
      registries.onProblem?.(image.ref, `how large it is, is not known: ${(error as Error).message}`);
      return undefined;
    }
  };

  const look = async (image: ResolvedImage, account?: RegistryAccount) => {
    const info = await client.call('describe itself', (docker, signal) => dial<Info>(docker, '/info', { signal }));
    const found = await known(image, info, account);
    const disk = found && (await diskOf(info));
    return { layers: found?.layers, lacks: found && disk && (await lackOf(client, image, found, disk)) };
  };

  return {
    demand: async (image, account) => {
      const { layers, lacks } = await look(image, account);
      if (lacks !== undefined) throw new OrcaError('unplaceable', lacks);
      return layers;
    },
    foresee: async (image, account) => {
      const { layers, lacks } = await look(image, account);
      return { bytes: layers && missingSize(layers, [], []), refusal: lacks };
    },
  };
}

/** `GET /info` */
interface Info extends DiskInfo {
  readonly OSType: string;
  readonly Architecture: string;
  readonly RegistryConfig?: {
    readonly InsecureRegistryCIDRs?: readonly string[] | null;
    readonly IndexConfigs?: Readonly<Record<string, { readonly Secure?: boolean }>> | null;
  } | null;
}

/** First as if nothing of it were there: only if that does not fit, it is looked at what is. */
async function lackOf(
  client: DockerClient,
  { ref: image }: ResolvedImage,
  found: ImageLayers,
  disk: EngineDisk,
): Promise<string | undefined> {
  if (lacksRoom({ image, needs: missingSize(found.layers, [], []), ...disk }) === undefined) return undefined;
  const unpacked = await found.unpacked().catch(() => undefined);
  // Some of it may be there, and nobody knows how much: the engine tries.
  if (!unpacked) return undefined;
  return lacksRoom({ image, needs: missingSize(found.layers, unpacked, await present(client)), ...disk });
}

/** The layers of the newest images. `GET /images/json` and inspect */
async function present(client: DockerClient): Promise<readonly (readonly string[])[]> {
  const images = await client.call('list images', (docker, signal) =>
    dial<readonly ImageInfo[]>(docker, '/images/json', { signal }),
  );
  const newest = images.toSorted((a, b) => b.Created - a.Created).slice(0, COMPARED);
  const found: (readonly string[])[] = [];
  for (const { Id } of newest) {
    const inspected = await client
      .call('inspect an image', (docker, signal) => dial<ImageInspectInfo>(docker, `/images/${Id}/json`, { signal }))
      .catch(() => undefined);
    found.push(inspected?.RootFS?.Layers ?? []);
  }
  return found;
}

/** It did not answer; an answer that says no may be another one next time. System errors and timeouts have a code. */
const isUnreached = (error: unknown): boolean => (error as { readonly code?: unknown }).code !== undefined;

const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'amd64'],
  ['aarch64', 'arm64'],
  ['armv7l', 'arm'],
]);

/** In Go's words; the engine tells its kernel's. */
const platformOf = ({ OSType, Architecture }: Info) => ({
  os: OSType,
  architecture: ARCHITECTURES.get(Architecture) ?? Architecture,
});

/** Whether the engine takes the registry without TLS. */
async function isInsecure(
  { RegistryConfig }: Info,
  registry: string,
  addressOf: (place: string) => Promise<string>,
): Promise<boolean> {
  const told = RegistryConfig?.IndexConfigs?.[registry]?.Secure;
  if (told !== undefined) return !told;
  const networks = new BlockList();
  for (const network of RegistryConfig?.InsecureRegistryCIDRs ?? []) {
    const [base = '', bits] = network.split('/');
    if (isIP(base) !== 0) networks.addSubnet(base, Number(bits), isIPv4(base) ? 'ipv4' : 'ipv6');
  }
  const address = await addressOf(registry);
  return networks.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}
