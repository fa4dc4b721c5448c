import type { NodeLoad, TaskLoad, Top } from '../../src/contract/top.ts';
import { formatSize } from '../../src/core/format-size.ts';
import type { Output } from '../output/output.ts';
import { type Column, table } from '../output/table.ts';
import { harmless } from '../output/width.ts';
import { taskName } from '../output/words.ts';

/** What comes first: names by the alphabet, else the most. */
export type Order = 'name' | 'cpu' | 'memory';

const COLUMNS: readonly Column[] = [
  { title: 'TASK' },
  { title: 'PROJECT' },
  { title: 'CPU %', align: 'right' },
  { title: 'MEM', align: 'right' },
  { title: 'LIMIT', align: 'right' },
  { title: 'MEM %', align: 'right' },
  { title: 'NET IN', align: 'right' },
  { title: 'NET OUT', align: 'right' },
  { title: 'DISK READ', align: 'right' },
  { title: 'DISK WRITE', align: 'right' },
  { title: 'PIDS', align: 'right' },
  { title: 'ID' },
  { title: 'REASON', shrinks: true },
];

/** The machines, and below them a line a task. */
export function topLines(
  { nodes, tasks }: Top,
  order: Order,
  { style, width }: Pick<Output, 'style' | 'width'>,
): string[] {
  const rows = tasks
    .toSorted(BY[order])
    .map((task) => [
      style.strong(taskName(task.service, task)),
      task.project,
      percent(task.cpu_percent),
      size(task.memory_bytes),
      size(task.memory_limit_bytes),
      share(task.memory_bytes, task.memory_limit_bytes),
      size(task.network_in_bytes),
      size(task.network_out_bytes),
      size(task.block_read_bytes),
      size(task.block_write_bytes),
      task.pids === null ? '-' : String(task.pids),
      style.faint(task.id),
      style.faint(harmless(task.reason ?? '')),
    ]);
  return [...nodes.map(machineLine), ...(rows.length > 0 ? table(COLUMNS, rows, width) : ['no tasks run'])];
}

const byName = (a: TaskLoad, b: TaskLoad): number =>
  a.project.localeCompare(b.project) ||
  a.service.localeCompare(b.service) ||
  a.slot - b.slot ||
  a.id.localeCompare(b.id);

/** What is not known goes last. */
const most =
  (value: (task: TaskLoad) => number | null) =>
  (a: TaskLoad, b: TaskLoad): number =>
    (value(b) ?? -1) - (value(a) ?? -1) || byName(a, b);

const BY: Readonly<Record<Order, (a: TaskLoad, b: TaskLoad) => number>> = {
  name: byName,
  cpu: most(({ cpu_percent }) => cpu_percent),
  memory: most(({ memory_bytes }) => memory_bytes),
};

/** `local: CPU 61.2 % of 400 % (4 CPUs), memory 2.5 GiB of 7.7 GiB (33 %)` */
function machineLine({ node, cpus, cpu_percent, memory_bytes, memory_total_bytes, reason }: NodeLoad): string {
  if (cpus === null) return `${harmless(node)}: ${harmless(reason ?? 'nothing is known of it')}`;
  const cpu = `CPU ${percent(cpu_percent)} % of ${cpus * 100} % (${cpus} CPU${cpus === 1 ? '' : 's'})`;
  const memory = `memory ${size(memory_bytes)} of ${size(memory_total_bytes)} (${share(memory_bytes, memory_total_bytes)} %)`;
  return `${harmless(node)}: ${cpu}, ${memory}`;
}

const size = (bytes: number | null): string => (bytes === null ? '-' : formatSize(bytes));
const percent = (value: number | null): string => (value === null ? '-' : value.toFixed(1));
const share = (part: number | null, whole: number | null): string =>
  part === null || !whole ? '-' : ((part / whole) * 100).toFixed(1);
