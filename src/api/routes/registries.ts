import { putRegistry, type RegistryBody, registries, registry, removeRegistry } from '../../contract/registries.ts';
import type { RegistryLogin } from '../../core/model/registry-login.ts';
import type { KnownRegistry } from '../../engine/credentials/docker-config.ts';
import { findLogin, type LoginsOptions, removeLogin, storeLogin } from '../intents/registries.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

export interface RegistryRoutesOptions extends LoginsOptions {
  /** Those in docker's own config; rejects saying why it cannot be read. */
  readonly dockerRegistries?: (() => Promise<readonly KnownRegistry[]>) | undefined;
}

/** Accounts for pulling images. No answer holds a password. */
export function registryRoutes(options: RegistryRoutesOptions): readonly Route[] {
  const { state, dockerRegistries = async () => [] } = options;
  return [
    route(registries, async () => {
      const { records } = await state.registryLogins.listReadable();
      const stored = records.map(({ value }) => bodyOf(value));
      return ok({ registries: stored.sort((a, b) => (a.host < b.host ? -1 : 1)), ...(await known(dockerRegistries)) });
    }),
    route(registry, async ({ params }) => ok(bodyOf(await findLogin(state, params.host)))),
    route(putRegistry, async ({ params, body, caller }) => {
      const login = await storeLogin(options, { host: params.host, ...body }, caller);
      return ok({ ...bodyOf(login), checked: body.check });
    }),
    route(removeRegistry, async ({ params }) => {
      const { place } = await removeLogin(state, params.host);
      return ok({ ok: `removed the login of ${place}`, host: place });
    }),
  ];
}

async function known(dockerRegistries: () => Promise<readonly KnownRegistry[]>) {
  try {
    const found = await dockerRegistries();
    const docker_config = found.map(({ place, username = null, helper = null }) => ({ host: place, username, helper }));
    return { docker_config, problem: null };
  } catch (error) {
    return { docker_config: [], problem: (error as Error).message };
  }
}

const bodyOf = ({ place, username, createdAt, createdBy }: RegistryLogin): RegistryBody => ({
  host: place,
  username,
  created_at: createdAt,
  created_by: createdBy,
});
