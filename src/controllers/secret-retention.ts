import { isEnded } from '../core/model/deployment.ts';
import { versionId, versionsOf } from '../core/secrets/needed.ts';
import { unchanged } from '../store/collection.ts';
import type { State } from '../store/state.ts';
import type { Commit } from './commit.ts';

export interface SecretRetentionOptions {
  readonly state: State;
  readonly commit: Commit;
}

const AT_ONCE = 50;

/**
 * Removes versions of secrets that no kept revision runs with. The newest of a secret stays; a revoked one stays only while a
 * service runs with it, as no rollback brings it back.
 */
export function createSecretRetention({ state, commit }: SecretRetentionOptions): () => Promise<void> {
  return async () => {
    const { records: versions } = await state.secretVersions.listReadable();
    const heads = new Map((await state.secrets.listReadable()).records.map((one) => [one.key, one.value]));
    const old = versions.filter(({ value: { scope, key, number } }) => {
      const head = heads.get(state.secrets.key(scope, key));
      return head !== undefined && head.latest !== number;
    });
    if (old.length === 0) return;
    // Before the revisions are read: a deploy that comes in between is compared with.
    const [counter, removals] = [await state.cluster.get('deployment'), await state.cluster.get('removals')];
    const needed = await neededVersions(state);
    const drop = old
      .filter(({ value: { scope, key, number, revoked } }) => {
        const id = versionId(scope, key, number);
        return !(revoked ? needed?.now : needed?.ever)?.has(id);
      })
      .slice(0, AT_ONCE);
    if (!needed || drop.length === 0) return;
    await commit(
      [
        ...drop.map(unchanged),
        counter ? unchanged(counter) : state.cluster.absent({ name: 'deployment' }),
        removals ? unchanged(removals) : state.cluster.absent({ name: 'removals' }),
      ],
      [
        ...drop.map(({ value }) => state.secretVersions.remove(value)),
        state.cluster.put({ name: 'removals', number: (removals?.value.number ?? 0) + 1 }),
      ],
    );
  };
}

interface Needed {
  /** By a revision that is kept. */
  readonly ever: ReadonlySet<string>;
  /** By what is wanted, what serves, what a deployment may go back to, and what a task runs. */
  readonly now: ReadonlySet<string>;
}

/** Undefined while some record cannot be read: who knows what it needs. */
async function neededVersions(state: State): Promise<Needed | undefined> {
  const [services, revisions, deployments, tasks] = await Promise.all([
    state.services.listReadable(),
    state.revisions.listReadable(),
    state.deployments.listReadable(),
    state.tasks.listReadable(),
  ]);
  if ([services, revisions, deployments, tasks].some(({ unreadable }) => unreadable.length > 0)) return undefined;
  const current = new Set([
    ...services.records.flatMap(({ value: { project, name, revision, stable } }) =>
      [revision, stable].map((number) => `${project}/${name}/${number}`),
    ),
    ...deployments.records
      .filter(({ value }) => !isEnded(value.state))
      .flatMap(({ value: { project, service, from, to } }) =>
        [from, to].map((number) => `${project}/${service}/${number}`),
      ),
    ...tasks.records
      .filter(({ value }) => value.phase !== 'ended')
      .map(({ value: { project, service, revision } }) => `${project}/${service}/${revision}`),
  ]);
  const all = revisions.records.map(({ value }) => value);
  return {
    ever: versionsOf(all),
    now: versionsOf(all.filter(({ project, service, number }) => current.has(`${project}/${service}/${number}`))),
  };
}
