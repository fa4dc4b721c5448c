import type { VolumeBody } from '../../src/contract/volumes.ts';
import { formatSize } from '../../src/core/format-size.ts';
import { table } from '../output/table.ts';
import { age } from '../output/time.ts';
import { list } from '../output/words.ts';
import type { Session } from '../session.ts';

const COLUMNS = [
  { title: 'NAME' },
  { title: 'PROJECT' },
  { title: 'STATE' },
  { title: 'SIZE' },
  { title: 'MOUNTED BY', shrinks: true },
  { title: 'CREATED' },
];

export async function showVolumes(
  { output, now }: Pick<Session, 'output' | 'now'>,
  volumes: readonly VolumeBody[],
): Promise<void> {
  if (output.json) return output.emit({ volumes });
  const rows = volumes.map(({ name, project, state, size_bytes, created_at, ...rest }) => [
    name,
    project,
    state,
    size_bytes === null ? '' : formatSize(size_bytes),
    mountedBy(rest),
    created_at === null ? '' : `${age(now() - created_at)} ago`,
  ]);
  return output.print(...table(COLUMNS, rows, output.width));
}

const mountedBy = ({ services, revisions }: Pick<VolumeBody, 'services' | 'revisions'>): string =>
  [
    ...services.map(({ service, read_only }) => `${service}${read_only ? ' (read-only)' : ''}`),
    ...revisions.slice(0, 3).map(({ service, revision }) => `${service} r${revision}`),
    ...(revisions.length > 3 ? [`${revisions.length - 3} more`] : []),
  ].join(', ');

/** What goes with a volume, before it is asked whether it shall. */
export function removalQuestion({ name, state, revisions }: VolumeBody): string {
  if (state === 'gone') return `forget the volume ${name}? It is gone already; the next deploy makes an empty one`;
  const some = [...new Set(revisions.map(({ service }) => service))];
  const back = some.length === 0 ? '' : `; rollbacks of ${list(some)} would find it empty`;
  return `remove the volume ${name} and all of its data?${back}`;
}
