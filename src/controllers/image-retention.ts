import { type Deployment, isEnded } from '../core/model/deployment.ts';
import { type Service, serviceKey } from '../core/model/service.ts';
import { imagesKept } from '../core/rollout/retain.ts';
import { succeededIn } from '../core/rollout/way-back.ts';
import type { Engine } from '../engine/engine.ts';
import { type Readable, type Stored, unchanged } from '../store/collection.ts';
import type { State } from '../store/state.ts';
import type { Log } from '../telemetry/log.ts';
import type { Commit } from './commit.ts';

export interface ImageRetentionOptions {
  readonly state: State;
  readonly engine: Pick<Engine, 'removeImage'>;
  readonly commit: Commit;
  readonly log: Log;
}

/** Images looked at in one pass: those that a container still uses are in nobody's way for ever. */
const AT_ONCE = 10;

/**
 * Removes images that orca pulled and no revision needs that is kept with its image. An image that was there before orca asked
 * for it, has a tag, or is used by a container stays. One that is needed again after all is pulled again by its digest.
 */
export function createImageRetention({ state, engine, commit, log }: ImageRetentionOptions): () => Promise<void> {
  /** Where the last pass ended. */
  let after = '';

  const remove = async (stored: Stored<{ readonly pinned: string }>) => {
    const { pinned } = stored.value;
    const outcome = await engine.removeImage(pinned);
    if (outcome === 'in-use') return;
    if (outcome === 'removed') log.info({ image: pinned }, 'an image that no kept revision needs is removed');
    await commit([unchanged(stored)], [{ delete: stored.key }]);
  };

  return async () => {
    const pulled = (await state.pulledImages.listReadable()).records;
    const kept = pulled.length === 0 ? undefined : await allKept(state);
    if (!kept) return;
    const old = pulled.filter(({ value }) => !kept.has(value.pinned));
    const turn = [...old.filter(({ key }) => key > after), ...old.filter(({ key }) => key <= after)];
    for (const stored of turn.slice(0, AT_ONCE)) {
      after = stored.key;
      await remove(stored).catch((err: unknown) => log.warn({ err, image: stored.value.pinned }, 'an image stays'));
    }
  };
}

/** Undefined while some record cannot be read: who knows what it needs. */
async function allKept(state: State): Promise<ReadonlySet<string> | undefined> {
  const [services, revisions, deployments, tasks] = await Promise.all([
    state.services.listReadable(),
    state.revisions.listReadable(),
    state.deployments.listReadable(),
    state.tasks.listReadable(),
  ]);
  const all: readonly Pick<Readable<unknown>, 'unreadable'>[] = [services, revisions, deployments, tasks];
  if (all.some(({ unreadable }) => unreadable.length > 0)) return undefined;
  const ofService = byService(revisions);
  const [deploymentsOf, tasksOf] = [byService(deployments), byService(tasks)];
  const kept = services.records.map(({ value: service }) => {
    const key = serviceKey(service.project, service.name);
    const past = { service, revisions: ofService.get(key) ?? [], deployments: deploymentsOf.get(key) ?? [] };
    const running = (tasksOf.get(key) ?? []).filter(({ phase }) => phase !== 'ended').map(({ revision }) => revision);
    const needed = new Set([...running, ...numbersIn(service, past.deployments)]);
    return imagesKept(past.revisions, succeededIn(past), needed);
  });
  return new Set(kept.flatMap((names) => [...names]));
}

const byService = <T extends { readonly project: string; readonly service: string }>({ records }: Readable<T>) =>
  Map.groupBy(
    records.map(({ value }) => value),
    ({ project, service }) => serviceKey(project, service),
  );

const numbersIn = ({ revision, stable }: Service, deployments: readonly Deployment[]): readonly number[] =>
  [
    revision,
    stable,
    ...deployments.filter(({ state }) => !isEnded(state)).flatMap(({ from, to }) => [from, to]),
  ].filter((number) => number !== undefined);
