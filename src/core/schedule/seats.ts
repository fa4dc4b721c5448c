import { orderOf } from '../elapsed.ts';
import type { Service } from '../model/service.ts';
import type { ServiceSpec } from '../model/service-spec.ts';
import { byEnd, type Task } from '../model/task.ts';
import type { Seat } from './seat.ts';
import { wantedOf } from './wanted.ts';

/** A service with its tasks, as far as they may hold something. */
export interface Holder {
  /** Undefined for one that is not there yet. */
  readonly service: Pick<Service, 'replicas' | 'paused' | 'removing'> | undefined;
  readonly tasks: readonly Task[];
  /** What a task of the revision runs; undefined if that cannot be read: then it holds nothing that is known. */
  readonly specOf: (revision: number) => ServiceSpec | undefined;
}

/**
 * What the service holds of its nodes. A slot whose task ended by itself keeps its seat while it is wanted: nobody else gets
 * its place during its back-off. Release commands hold nothing: they are there for a moment.
 */
export function seatsOf({ service, tasks, specOf }: Holder, now: number): readonly Seat[] {
  const own = tasks.filter(({ release }) => release === undefined);
  const live = own.filter(({ phase }) => phase !== 'ended');
  const taken = new Set(live.map(({ slot }) => slot));
  const wanted = service && !service.paused && !service.removing ? service.replicas : 0;
  const lost = Map.groupBy(
    own.filter(({ phase, slot }) => phase === 'ended' && slot <= wanted && !taken.has(slot)),
    ({ slot }) => slot,
  );
  const last = [...lost.values()].flatMap(
    (ended) => ended.toSorted((a, b) => byEnd(b, a, now) || later(a, b, now))[0] ?? [],
  );
  return [...live, ...last.filter(({ end }) => end?.wanted === false)].flatMap((task) => {
    const spec = specOf(task.revision);
    return spec ? [{ ...wantedOf(spec), node: task.node, slot: task.slot }] : [];
  });
}

const later = (a: Task, b: Task, now: number): number =>
  orderOf(b.assignedAt, now) - orderOf(a.assignedAt, now) || (a.id < b.id ? -1 : 1);
