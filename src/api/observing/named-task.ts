import type { Task } from '../../core/model/task.ts';

/** Which tasks of a service are meant: a number is a slot, anything else a task's id; without it all of them. */
export function isNamed(wanted: string | undefined): (task: Task) => boolean {
  if (wanted === undefined) return () => true;
  return ({ id, slot }) => (/^\d+$/.test(wanted) ? slot === Number(wanted) : id === wanted);
}
