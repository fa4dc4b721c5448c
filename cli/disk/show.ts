import type { DiskUse, Pruned } from '../../src/contract/disk.ts';
import { formatSize } from '../../src/core/format-size.ts';
import { type Column, table } from '../output/table.ts';
import { harmless } from '../output/width.ts';
import { count } from '../output/words.ts';
import type { Session } from '../session.ts';

type Showing = Pick<Session, 'output'>;

const SUMMARY: readonly Column[] = [
  { title: 'WHAT' },
  { title: 'COUNT', align: 'right' },
  { title: 'SIZE', align: 'right' },
  { title: 'REMOVABLE', align: 'right' },
  { title: 'KEPT', shrinks: true },
];

const PROJECTS: readonly Column[] = [
  { title: 'PROJECT' },
  { title: 'IMAGES', align: 'right' },
  { title: 'CONTAINERS', align: 'right' },
  { title: 'LOGS', align: 'right' },
];

const ITEMS: readonly Column[] = [
  { title: 'WHAT', shrinks: true },
  { title: 'SIZE', align: 'right' },
  { title: 'REMOVABLE' },
  { title: 'WHY', shrinks: true },
];

export async function showDisk({ output }: Showing, found: DiskUse, isLong: boolean): Promise<void> {
  if (output.json) return output.emit(found);
  const isOne = found.nodes.length === 1;
  const disks = found.nodes.flatMap((one) => (one.disk ? [diskLine(one.node, one.disk, isOne)] : []));
  if (disks.length > 0) await output.print(...disks, '');
  await output.print(...table(SUMMARY, summary(found), output.width));
  const projects = found.projects.map((one) => [
    one.project,
    ...[one.images, one.containers, one.logs].map(formatSize),
  ]);
  if (projects.length > 0) await output.print('', ...table(PROJECTS, projects, output.width));
  const items = [...found.images, ...found.containers].map((one) => [
    ...(isOne ? [] : [harmless(one.node)]),
    harmless('image' in one ? one.image : one.container),
    sizeOf(one.bytes),
    one.removable ? 'yes' : 'no',
    harmless(one.reason),
  ]);
  if (isLong && items.length > 0)
    await output.print('', ...table(isOne ? ITEMS : [{ title: 'NODE' }, ...ITEMS], items, output.width));
  for (const { node, reason } of found.nodes)
    if (reason !== null) output.alert(`node ${harmless(node)} is not counted: ${harmless(reason)}`);
  output.note(output.notes.faint('images share layers: removing one may free less than its size'));
}

/** @param isOne there is no other node, so this one is not named */
function diskLine(node: string, { path, free, size }: Disk, isOne: boolean): string {
  const place = isOne ? harmless(path) : `${harmless(node)}, ${harmless(path)}`;
  return `${place}: ${formatSize(free)} of ${formatSize(size)} free`;
}

type Disk = NonNullable<DiskUse['nodes'][number]['disk']>;

function summary({ nodes, images, containers, logs, records, store_bytes }: DiskUse): string[][] {
  const some = (what: string, list: readonly Item[], kept: string) => [
    what,
    String(list.length),
    formatSize(total(list)),
    removable(list.filter((one) => one.removable)),
    kept,
  ];
  const others = nodes.flatMap((one) => one.others ?? []);
  const otherImages = others.reduce((sum, one) => sum + one.images, 0);
  return [
    some('images pulled by orca', images, 'those of the last 5 revisions, and what is used'),
    some('containers that do not run', containers, 'until their log is kept'),
    [
      'kept logs',
      String(logs.reduce((sum, one) => sum + one.count, 0)),
      formatSize(total(logs)),
      'with --logs',
      '7 days, 1 GiB in all',
    ],
    ['store', '', formatSize(store_bytes), '', ''],
    ...records.map(({ kind, count: many, kept }) => [`  ${harmless(kind)}`, String(many), '', '', harmless(kept)]),
    ['other images', String(otherImages), formatSize(total(others)), '', 'never touched by orca'],
  ];
}

interface Item {
  readonly bytes: number | null;
  readonly removable?: boolean;
}

const removable = (list: readonly Item[]): string =>
  list.length === 0 ? '0' : `${list.length} (${formatSize(total(list))})`;
const total = (list: readonly Item[]): number => list.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
const sizeOf = (bytes: number | null): string => (bytes === null ? '' : formatSize(bytes));

/** What went, or would go, a line each. */
export async function showPruned({ output }: Showing, pruned: Pruned): Promise<void> {
  if (output.json) return output.emit(pruned);
  const { images, containers, logs, failed, unread, bytes, dry_run } = pruned;
  const lines = [
    ...images.map((one) => `image ${harmless(one.image)}${inBrackets(one)}`),
    ...containers.map((one) => `container ${harmless(one.container)}${inBrackets(one)}`),
    ...logs.map((one) => `log of ${harmless(one.task)}${inBrackets(one)}`),
  ];
  if (lines.length > 0) await output.print(...lines);
  for (const { node, what, reason } of failed)
    output.alert(`${harmless(what)} stays on ${harmless(node)}: ${harmless(reason)}`);
  for (const { node, reason } of unread)
    output.alert(`nothing was looked at on node ${harmless(node)}: ${harmless(reason)}`);
  const done = dry_run ? 'would be removed' : 'removed';
  output.note(
    lines.length === 0
      ? `nothing ${dry_run ? 'would be removed' : 'was removed'}: everything orca brought is needed`
      : `${count(lines.length, 'thing')} ${done}, up to ${formatSize(bytes)}`,
  );
}

/** ` (202 MiB, on web2)` */
const inBrackets = ({ node, bytes }: { readonly node: string; readonly bytes: number | null }): string =>
  ` (${bytes === null ? '' : `${formatSize(bytes)}, `}on ${harmless(node)})`;
