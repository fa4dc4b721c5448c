import type { Endpoint } from '../../contract/endpoint.ts';
import { health, healthShort, healthWord, live, ready } from '../../contract/health.ts';
import { openApiDocument } from '../../contract/openapi/document.ts';
import { openapi, root, version as versionEndpoint } from '../../contract/version.ts';
import { whoami } from '../../contract/whoami.ts';
import type { State } from '../../store/state.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';

export interface SystemOptions {
  readonly state: State;
  readonly version: string;
  /** Of the whole API, for its own description. */
  readonly endpoints: () => readonly Endpoint[];
}

/** What the server says of itself. */
export function systemRoutes({ state, version, endpoints }: SystemOptions): readonly Route[] {
  const healthy = async () => {
    await state.store.status();
    return ok({ status: 'ok' });
  };
  return [
    route(root, () => ok({ service: 'orca', version })),
    route(health, healthy),
    route(healthShort, healthy),
    route(healthWord, async () => {
      await healthy();
      return ok({ status: 'healthy' });
    }),
    route(live, () => ok({ status: 'ok' })),
    route(ready, async () => {
      await healthy();
      return ok({ status: 'ok', leader_id: 1 });
    }),
    route(versionEndpoint, () => ok({ version, api: 'v1', node: process.versions.node })),
    route(whoami, ({ caller: { name, role, projects, expiresAt } }) =>
      ok({ name, role, projects: projects ?? null, expires_at: expiresAt ?? null }),
    ),
    route(openapi, () => ok(openApiDocument(endpoints(), version))),
  ];
}
