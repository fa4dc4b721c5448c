import { listedTasks, routedTasks, type Table } from '../../src/core/route/table.ts';
import type { Machine } from './machine.ts';
import type { Plane } from './plane.ts';

/** Pools that some worker would find nobody in who answers, by the table that it uses now. */
export function unanswered(plane: Plane, machine: Machine): readonly string[] {
  const used = plane.inUse().filter((table) => table !== undefined);
  const found = used.flatMap((table) => poolsOf(table).filter(({ tasks }) => !tasks.some(machine.answers)));
  return [...new Set(found.map(({ name }) => name))];
}

/** Tasks that are told to stop, or are gone, while some worker sends requests to them or has one in flight. */
export function cut(plane: Plane, machine: Machine): readonly string[] {
  const used = plane.inUse().filter((table) => table !== undefined);
  const listed = new Set(used.flatMap((table) => [...listedTasks(table)]));
  const stops = (task: string) => machine.boxes.get(task)?.stopsAt !== undefined || !machine.boxes.has(task);
  const inFlight = [...machine.boxes.keys()].filter((task) => plane.inflight(task) > 0);
  return [...new Set([...listed, ...inFlight])].filter(stops);
}

/** The fewest tasks that answer for a service, by whatever table of those in use. */
export function covered(plane: Plane, machine: Machine, service: string): number {
  const counts = plane.inUse().map((table) => {
    const tasks = table ? poolsOf(table).filter((pool) => pool.service === service) : [];
    return new Set(tasks.flatMap((pool) => pool.tasks.filter(machine.answers))).size;
  });
  return Math.min(...counts);
}

/** Those that a route leads to. */
const poolsOf = (table: Table) => {
  const routed = routedTasks(table);
  return table.pools.flatMap(({ name, service, shares }) => {
    const tasks = shares.flatMap(({ targets }) => targets).filter((task) => routed.has(task));
    return tasks.length === 0 ? [] : [{ name, service, tasks }];
  });
};
