import { DOCKER_HUB } from '../../core/registry/place.ts';

/** With whose name a registry is asked. */
export interface RegistryAccount {
  /** Where it counts: `registry.example.com`, `registry.example.com/team-a`. */
  readonly place: string;
  /** Empty where only a token is known. */
  readonly username: string;
  readonly secret: { readonly password: string } | { readonly identityToken: string };
  /** Where it was found, for people: `stored with ...`. */
  readonly source: string;
  /** What to do when it is refused. */
  readonly remedy: string;
}

/** The account that counts for an image; undefined: the registry is asked without one. Rejects if one counts and cannot be read. */
export type Accounts = (repository: string) => Promise<RegistryAccount | undefined>;

/** Docker Hub's, as docker itself calls it. */
const HUB_SERVER = 'https://index.docker.io/v1/';

/** The engine's AuthConfig. */
export function authConfig({
  place,
  username,
  secret,
}: Pick<RegistryAccount, 'place' | 'username' | 'secret'>): Readonly<Record<string, string>> {
  const [host = ''] = place.split('/');
  const serveraddress = host === DOCKER_HUB ? HUB_SERVER : host;
  return 'password' in secret
    ? { username, password: secret.password, serveraddress }
    : { username, identitytoken: secret.identityToken, serveraddress };
}
