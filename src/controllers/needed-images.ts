import { type Deployment, isEnded } from '../core/model/deployment.ts';
import { type Service, serviceKey } from '../core/model/service.ts';
import { imagesKept } from '../core/rollout/retain.ts';
import { succeededIn } from '../core/rollout/way-back.ts';
import type { Readable } from '../store/collection.ts';
import type { State } from '../store/state.ts';

/** By the name that an image is pulled by, the services (`project/name`) that keep it. */
export type NeededImages = ReadonlyMap<string, readonly string[]>;

/** Undefined while some record cannot be read: who knows what it needs. */
export async function neededImages(state: State): Promise<NeededImages | undefined> {
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
  const needed = new Map<string, string[]>();
  for (const { value: service } of services.records) {
    const key = serviceKey(service.project, service.name);
    const past = { service, revisions: ofService.get(key) ?? [], deployments: deploymentsOf.get(key) ?? [] };
    const running = (tasksOf.get(key) ?? []).filter(({ phase }) => phase !== 'ended').map(({ revision }) => revision);
    const numbers = new Set([...running, ...numbersIn(service, past.deployments)]);
    for (const pinned of imagesKept(past.revisions, succeededIn(past), numbers))
      needed.set(pinned, [...(needed.get(pinned) ?? []), key]);
  }
  return needed;
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
