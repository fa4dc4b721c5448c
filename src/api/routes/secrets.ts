import {
  KEY_FORM,
  removeSecret as removeEndpoint,
  rotateSecretKey,
  secrets,
  secretUsage,
  setSecrets as setEndpoint,
  setSecret,
} from '../../contract/secrets.ts';
import { OrcaError } from '../../core/errors.ts';
import { CLUSTER_SCOPE, isSecretKey } from '../../core/model/secret.ts';
import type { Caller } from '../../identity/authenticate.ts';
import { ok } from '../reply.ts';
import { type Route, route } from '../route.ts';
import {
  findSecret,
  type ManagingOptions,
  removeSecret,
  type Setting,
  scopeFor,
  setSecrets,
} from '../secrets/manage.ts';
import { presentSecret, presentUsage, projectOf, usersToBe } from '../secrets/present.ts';
import { type RollingOptions, rollUsers } from '../secrets/roll.ts';
import { type RotationOptions, rotateKey } from '../secrets/rotate-key.ts';
import { servicesWithSecrets } from '../secrets/users.ts';

export interface SecretRoutesOptions extends Omit<ManagingOptions, 'fingerprint'>, RollingOptions {
  readonly rotation: RotationOptions;
}

export function secretRoutes(options: SecretRoutesOptions): readonly Route[] {
  const { state, rotation } = options;
  const managing: ManagingOptions = { ...options, fingerprint: rotation.fingerprint };

  async function set(setting: Setting, now: boolean | undefined, caller: Caller) {
    const done = await setSecrets(managing, setting, caller);
    const keys = done.map(({ key }) => key);
    const deployments = now ? await rollUsers(options, setting.scope, keys, caller) : [];
    const services = await servicesWithSecrets(state, setting.scope);
    return {
      done,
      rest: {
        project: projectOf(setting.scope),
        used_by: usersToBe(services, setting.scope, keys),
        deployments: [...deployments],
      },
    };
  }

  return [
    route(secrets, async ({ query, caller }) => {
      const all = query.project === undefined && caller.projects === undefined;
      const scopes = query.project === undefined ? (caller.projects ?? []) : [scopeFor(caller, query.project)];
      const found = await Promise.all(
        (all ? [[]] : scopes.map((scope) => [scope])).map((parts) => state.secrets.listReadable(...parts)),
      );
      const services = await servicesWithSecrets(state, CLUSTER_SCOPE);
      const present = found
        .flatMap(({ records }) => records.map(({ value }) => value))
        .filter(({ removed }) => !removed)
        .map(async (one) => {
          const version = await state.secretVersions.get(one.scope, one.key, one.latest);
          return presentSecret(one, version?.value.fingerprint ?? '', services);
        });
      return ok({ secrets: await Promise.all(present) });
    }),
    route(secretUsage, async ({ params, query, caller }) => {
      const { value } = await findSecret(state, scopeFor(caller, query.project), params.key);
      return ok(await presentUsage(state, value));
    }),
    route(setSecret, async ({ params, query, body, caller }) => {
      if (!isSecretKey(params.key)) throw new OrcaError('invalid', KEY_FORM);
      const { value, now, ...rest } = body;
      const setting = { ...rest, scope: scopeFor(caller, query.project), values: { [params.key]: value } };
      const { done, rest: outcome } = await set(setting, now, caller);
      return ok({ ...done[0], ...outcome });
    }),
    route(setEndpoint, async ({ query, body, caller }) => {
      const { secrets: values, now, ...rest } = body;
      const { done, rest: outcome } = await set(
        { ...rest, scope: scopeFor(caller, query.project), values },
        now,
        caller,
      );
      return ok({ ...outcome, secrets: [...done] });
    }),
    route(removeEndpoint, async ({ params, query, caller }) => {
      const scope = scopeFor(caller, query.project);
      await removeSecret(managing, scope, params.key, caller);
      return ok({ ok: `removed the secret ${params.key}`, key: params.key, project: projectOf(scope) });
    }),
    route(rotateSecretKey, async () => {
      const values = await rotateKey(rotation);
      return ok({ ok: `the key is replaced, and ${values} values are encrypted with it`, values });
    }),
  ];
}
