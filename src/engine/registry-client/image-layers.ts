import type { RegistryAccount } from '../credentials/account.ts';
import { readChallenge } from './challenge.ts';
import { type GetOptions, type Got, get } from './get.ts';

/** A layer as it lies in the registry: compressed. */
export interface Layer {
  /** `sha256:...` */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

export interface LayersWish {
  /** `registry.example.com:5000`, `docker.io` */
  readonly registry: string;
  /** Within it: `library/nginx`. */
  readonly name: string;
  readonly digest: string;
  /** In Go's words: `linux`, `amd64`. */
  readonly platform: { readonly os: string; readonly architecture: string };
  readonly account?: RegistryAccount | undefined;
  /** Without TLS, as the engine takes it. */
  readonly isInsecure: boolean;
  readonly addressOf: GetOptions['addressOf'];
  readonly signal: AbortSignal;
}

export interface ImageLayers {
  readonly layers: readonly Layer[];
  /** What each layer is called once it is unpacked, in their order; undefined if the registry does not tell. */
  unpacked(): Promise<readonly string[] | undefined>;
}

const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const REDIRECTS = 3;
const MAX_LAYERS = 1_000;
const DIGEST = /^[a-z0-9]+:[0-9a-f]{32,128}$/;

/**
 * Asks a registry what an image is made of. The engine does not tell before it pulls.
 *
 * @throws Error if the registry does not say
 * @see https://github.com/opencontainers/distribution-spec
 */
export async function askLayers(wish: LayersWish): Promise<ImageLayers> {
  const session = createSession(wish);
  const whole = await session.json(`manifests/${wish.digest}`, MANIFESTS);
  const chosen = choose(whole, wish.platform);
  const manifest = chosen === undefined ? whole : await session.json(`manifests/${chosen}`, MANIFESTS);
  const layers = layersOf(manifest['layers']);
  const config = layersOf([manifest['config']])[0];
  return {
    layers,
    unpacked: async () => {
      const { rootfs } = await session.json(`blobs/${config?.digest}`, '*/*');
      const ids = (rootfs as { diff_ids?: unknown } | undefined)?.diff_ids;
      return Array.isArray(ids) && ids.length === layers.length ? ids.map(String) : undefined;
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** The manifest for the platform, where there is one for each. */
function choose({ manifests }: Fields, { os, architecture }: LayersWish['platform']): string | undefined {
  if (!Array.isArray(manifests)) return undefined;
  const found = manifests.find((one) => one?.platform?.os === os && one?.platform?.architecture === architecture);
  if (typeof found?.digest !== 'string' || !DIGEST.test(found.digest))
    throw new Error(`there is no image for ${os}/${architecture}`);
  return found.digest;
}

function layersOf(value: unknown): readonly Layer[] {
  if (!Array.isArray(value) || value.length > MAX_LAYERS) throw new Error('the manifest has no list of layers');
  return value.map((one: Fields | undefined) => {
    const { digest, size } = one ?? {};
    if (typeof digest !== 'string' || !DIGEST.test(digest) || typeof size !== 'number' || !(size >= 0))
      throw new Error('the manifest has a layer without a digest or a size');
    return { digest, size };
  });
}

/** Keeps what the registry wanted to see, so that it is asked for once. */
function createSession({ registry, name, isInsecure, account, addressOf, signal }: LayersWish) {
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  const base = `${isInsecure ? 'http' : 'https'}://${host}/v2/${name}/`;
  let authorization: string | undefined;

  const ask = (url: URL, headers: Readonly<Record<string, string>>, isOwn: boolean): Promise<Got> =>
    get(url, {
      headers: { ...headers, ...(isOwn && authorization !== undefined && { authorization }) },
      signal,
      addressOf,
    });

  /** What lies elsewhere is signed in its address, and gets to see no credential. */
  const follow = async (path: string, accept: string): Promise<Got> => {
    let url = new URL(path, base);
    for (let hops = 0; hops <= REDIRECTS; hops += 1) {
      const got = await ask(url, { accept }, url.origin === new URL(base).origin);
      const { location } = got.headers;
      if (got.status < 300 || got.status >= 400 || location === undefined) return got;
      url = new URL(location, url);
      if (url.protocol !== 'https:' && !isInsecure) throw new Error(`${host} leads to an address without TLS`);
    }
    throw new Error(`${host} redirects too often`);
  };

  const prove = async ({ headers }: Got): Promise<boolean> => {
    const challenge = readChallenge(headers['www-authenticate']);
    if (challenge?.scheme === 'basic') authorization = basicOf(account);
    else if (challenge) authorization = await tokenFor(challenge.realm, challenge);
    return authorization !== undefined;
  };

  const tokenFor = async (realm: string, wanted: { service?: string; scope?: string }): Promise<string | undefined> => {
    const url = new URL(realm);
    if (url.protocol !== 'https:' && !isInsecure) throw new Error(`${host} takes tokens from an address without TLS`);
    for (const key of ['service', 'scope'] as const)
      if (wanted[key] !== undefined) url.searchParams.set(key, wanted[key]);
    const basic = basicOf(account);
    const headers = { accept: 'application/json', ...(basic !== undefined && { authorization: basic }) };
    const { status, body } = await get(url, { headers, signal, addressOf });
    if (status !== 200) throw new Error(`the token server of ${host} answered ${status}`);
    const { token, access_token } = fieldsOf(body);
    const found = token ?? access_token;
    return typeof found === 'string' && /^[\x21-\x7e]+$/.test(found) ? `Bearer ${found}` : undefined;
  };

  return {
    async json(path: string, accept: string): Promise<Fields> {
      const first = await follow(path, accept);
      const got = first.status === 401 && (await prove(first)) ? await follow(path, accept) : first;
      if (got.status !== 200) throw new Error(`${host} answered ${got.status}`);
      return fieldsOf(got.body);
    },
  };
}

/** Undefined without an account, and for one that is a token: that is exchanged in another way. */
function basicOf(account: RegistryAccount | undefined): string | undefined {
  if (!account || !('password' in account.secret)) return undefined;
  return `Basic ${Buffer.from(`${account.username}:${account.secret.password}`).toString('base64')}`;
}

function fieldsOf(body: string): Fields {
  const value: unknown = JSON.parse(body);
  if (typeof value !== 'object' || value === null) throw new Error('the answer is no map');
  return value as Fields;
}
