import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DOCKER_HUB, placeFor, readPlace, registryOf } from '../../core/registry/place.ts';
import type { Accounts, RegistryAccount } from './account.ts';
import type { AskHelper } from './credential-helper.ts';

export interface DockerConfigOptions {
  /** The folder of `config.json`: docker's own `DOCKER_CONFIG`. */
  readonly dir: string;
  readonly askHelper: AskHelper;
}

/** What the file says of a registry. */
export interface KnownRegistry {
  readonly place: string;
  /** Undefined where only a helper knows it. */
  readonly username?: string | undefined;
  /** The name of a credential helper. */
  readonly helper?: string | undefined;
}

export interface DockerConfig {
  readonly account: Accounts;
  /** Its registries, without any secret; none if there is no file. @throws Error saying why it cannot be read */
  registries(): Promise<readonly KnownRegistry[]>;
}

/** Bytes. */
const LONGEST = 1024 * 1024;

/**
 * The accounts in docker's own config: `auths`, and credential helpers. A helper of a registry wins over `credsStore`, that
 * over `auths`, as in docker; in `auths` a key may have a path, as podman writes them. The file is read anew each time.
 *
 * @see https://docs.docker.com/reference/cli/docker/login/
 */
export function createDockerConfig({ dir, askHelper }: DockerConfigOptions): DockerConfig {
  const file = join(dir, 'config.json');

  const fromHelper = async (helper: string, host: string): Promise<RegistryAccount | undefined> => {
    const found = await askHelper(helper, host === DOCKER_HUB ? HUB_KEY : host);
    if (!found) return undefined;
    const { username, secret } = found;
    const isToken = username === '<token>';
    const program = `docker-credential-${helper}`;
    return {
      place: host,
      username: isToken ? '' : username,
      secret: isToken ? { identityToken: secret } : { password: secret },
      source: `from ${program}`,
      remedy: `check what ${program} answers on the server`,
    };
  };

  return {
    account: async (repository) => {
      const config = await readConfig(file);
      const host = registryOf(repository);
      const helper = config.credHelpers.get(host) ?? config.credsStore;
      const helped = helper === undefined ? undefined : await fromHelper(helper, host);
      if (helped) return helped;
      const place = placeFor(repository, [...config.auths.keys()]);
      const auth = place === undefined ? undefined : config.auths.get(place);
      if (place === undefined || !auth) return undefined;
      return { place, ...auth, source: "from the server's docker config", remedy: LOGIN_AGAIN };
    },
    registries: async () => {
      const { auths, credHelpers } = await readConfig(file);
      return [
        ...[...auths].map(([place, { username }]) => ({ place, username })),
        ...[...credHelpers].map(([place, helper]) => ({ place, helper })),
      ];
    },
  };
}

const LOGIN_AGAIN = 'log in again with `docker login` on the server, or store an account with `orca registry login`';
const HUB_KEY = 'https://index.docker.io/v1/';

type Auth = Pick<RegistryAccount, 'username' | 'secret'>;

interface Config {
  readonly auths: ReadonlyMap<string, Auth>;
  readonly credHelpers: ReadonlyMap<string, string>;
  readonly credsStore?: string | undefined;
}

const NOTHING: Config = { auths: new Map(), credHelpers: new Map() };

async function readConfig(file: string): Promise<Config> {
  const text = await readText(file);
  if (text === undefined) return NOTHING;
  const whole = objectOf(parse(file, text));
  const credsStore = whole['credsStore'];
  return {
    auths: byPlace(whole['auths'], authOf),
    credHelpers: byPlace(whole['credHelpers'], (value) => (typeof value === 'string' ? value : undefined)),
    credsStore: typeof credsStore === 'string' && credsStore !== '' ? credsStore : undefined,
  };
}

async function readText(file: string): Promise<string | undefined> {
  try {
    const { size } = await stat(file);
    if (size > LONGEST) throw new Error(`${file} is over ${LONGEST} bytes`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The parser's own words quote the text, which holds passwords. */
function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${file} is no JSON`);
  }
}

/** Keys are registries as docker has written them over the years: `https://index.docker.io/v1/`, `registry.example.com`. */
function byPlace<T>(value: unknown, read: (value: unknown) => T | undefined): ReadonlyMap<string, T> {
  const found = Object.entries(objectOf(value)).flatMap(([key, one]) => {
    const place = readPlace(key);
    const known = read(one);
    return 'value' in place && known !== undefined ? [[place.value, known] as const] : [];
  });
  return new Map(found);
}

/** Where a store keeps the account, its entry here is empty. */
function authOf(value: unknown): Auth | undefined {
  const { auth, username, password, identitytoken } = objectOf(value);
  const [name = '', ...rest] = typeof auth === 'string' ? Buffer.from(auth, 'base64').toString().split(':') : [];
  const known = { username: textOf(username) || name, password: textOf(password) || rest.join(':') };
  if (typeof identitytoken === 'string' && identitytoken !== '')
    return { username: known.username, secret: { identityToken: identitytoken } };
  if (known.username === '' || known.password === '') return undefined;
  return { username: known.username, secret: { password: known.password } };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.replace(/\0+$/, '') : '');
const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
