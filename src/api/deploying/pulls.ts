import type { Plan, PlannedService } from '../../contract/plan.ts';
import { OrcaError } from '../../core/errors.ts';
import { LOCAL_NODE } from '../../core/model/node.ts';
import { shownImage } from '../../core/model/pushed-image.ts';
import type { ResolvedImage } from '../../core/model/revision.ts';
import type { PullForecast } from '../../engine/engine.ts';
import type { Engines } from '../../engine/engines.ts';
import type { State } from '../../store/state.ts';
import { readNodeNames } from '../observing/node-names.ts';
import type { Prepared } from './prepare.ts';
import { warningOf } from './warning.ts';

export interface PullsOptions {
  readonly engines: Pick<Engines, 'nodes' | 'of'>;
  readonly state: Pick<State, 'nodes'>;
}

export interface Pulls {
  readonly pull: Plan['pull'];
  /** Of each service whose image does not fit on the disk of a node where a task of it starts. */
  readonly warnings: readonly string[];
}

/** What a service of the plan comes to. */
interface Planned {
  readonly wish: Prepared;
  readonly service?: Pick<PlannedService, 'placement'> | undefined;
}

/** An image, and the nodes that pull it: by the node's id, those who wait for it there. */
interface Pull {
  readonly name: string;
  readonly image: ResolvedImage | undefined;
  readonly on: ReadonlyMap<string, readonly Prepared[]>;
}

/** Images looked at at once. */
const PARALLEL = 4;

/** What would be pulled, each image once, with its size where that is known. */
export async function pullsOf({ engines, state }: PullsOptions, planned: readonly Planned[]): Promise<Pulls> {
  const nameOf = await readNodeNames(state);
  const byName = [...Map.groupBy(planned.filter(isPulled), ({ wish }) => imageNamed(wish))];
  const found: { readonly pull: Plan['pull'][number]; readonly warnings: readonly string[] }[] = [];
  for (let at = 0; at < byName.length; at += PARALLEL) {
    const some = byName.slice(at, at + PARALLEL).map(async ([name, group]) => {
      const pull = await pullOf(engines, { name, group }, nameOf);
      return pull.on.size === 0 ? [] : [await foreseeAll(engines, pull)];
    });
    found.push(...(await Promise.all(some)).flat());
  }
  return { pull: found.map(({ pull }) => pull), warnings: found.flatMap(({ warnings }) => warnings) };
}

const isPulled = ({ wish, service }: Planned): boolean =>
  wish.refusal === undefined && (wish.needsPull || (service?.placement.length ?? 0) > 0);

/** Where a task starts, or on the master's machine, where none does; whoever has the image already does not pull it. */
async function pullOf(
  engines: PullsOptions['engines'],
  { name, group }: { readonly name: string; readonly group: readonly Planned[] },
  nameOf: (id: string) => string,
): Promise<Pull> {
  const [image] = group.flatMap(({ wish }) => wish.image ?? []);
  const on = new Map<string, readonly Prepared[]>();
  for (const id of engines.nodes()) {
    const waiting = id === LOCAL_NODE ? group.filter(isPulledHere(nameOf(id))) : group.filter(startsOn(nameOf(id)));
    if (waiting.length === 0 || (id !== LOCAL_NODE && (await isThere(engines, id, image)))) continue;
    on.set(
      id,
      waiting.map(({ wish }) => wish),
    );
  }
  return { name, image, on };
}

const startsOn =
  (name: string) =>
  ({ service }: Planned): boolean =>
    service?.placement.some(({ node }) => node === name) ?? false;

/** That the master's own engine does not have it was found when the image was resolved. */
const isPulledHere =
  (name: string) =>
  (one: Planned): boolean =>
    one.wish.needsPull && (startsOn(name)(one) || (one.service?.placement.length ?? 0) === 0);

/** Also where that is not known: the plan claims no pull that may not be. */
async function isThere(
  engines: PullsOptions['engines'],
  id: string,
  image: ResolvedImage | undefined,
): Promise<boolean> {
  return image === undefined || (await known(engines.of(id).hasImage(image))) !== false;
}

async function foreseeAll(engines: PullsOptions['engines'], { name, image, on }: Pull) {
  const each = await Promise.all(
    [...on].map(async ([id, wishes]) => ({ wishes, ...(await foreseen(engines, id, image)) })),
  );
  const [bytes = null] = each.flatMap((one) => one.bytes ?? []);
  const warnings = each.flatMap(({ wishes, refusal }) =>
    refusal === undefined ? [] : wishes.map(({ spec }) => warningOf(spec, refusal)),
  );
  return { pull: { image: name, bytes }, warnings };
}

/** A plan does without: the pull looks again. */
const foreseen = async (
  engines: PullsOptions['engines'],
  id: string,
  image: ResolvedImage | undefined,
): Promise<PullForecast> => (image && (await known(engines.of(id).foreseePull(image)))) ?? {};

/** Undefined where the engine does not tell. */
async function known<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof OrcaError) return undefined;
    throw error;
  }
}

/** An earlier revision's is asked for by its digest. */
const imageNamed = ({ spec, image, rollbackOf }: Prepared): string =>
  rollbackOf === undefined ? shownImage(spec) : (image?.pinned ?? shownImage(spec));
