import type { DiskUse } from '../../contract/disk.ts';
import { REVISIONS_KEPT } from '../../core/rollout/retain.ts';
import type { State } from '../../store/state.ts';
import type { Survey } from './survey.ts';

/** The surveys of all nodes as the API tells them, with what the store holds. */
export async function presentDisk(found: readonly Survey[], state: State): Promise<DiskUse> {
  const images = found.flatMap((one) => one.images);
  const containers = found.flatMap((one) => one.containers);
  const logs = found.flatMap(byService);
  const [records, { bytes }] = await Promise.all([countRecords(state), state.store.status()]);
  return {
    nodes: found.map(({ machine }) => machine),
    images,
    containers,
    logs,
    records,
    store_bytes: bytes,
    projects: byProject({ images, containers, logs }),
  };
}

function byService({ machine: { node }, logs }: Survey): DiskUse['logs'] {
  const groups = Map.groupBy(logs, ({ owner }) => (owner ? `${owner.project}/${owner.service}` : ''));
  return [...groups].sort(byKey).map(([key, group]) => {
    const [project = null, service = null] = key === '' ? [] : key.split('/');
    return { node, project, service, count: group.length, bytes: sum(group) };
  });
}

/** An image that several projects keep counts for each, and on each node that has it. */
function byProject({ images, containers, logs }: Pick<DiskUse, 'images' | 'containers' | 'logs'>): DiskUse['projects'] {
  const ofImages = images.flatMap(({ services, bytes }) =>
    [...new Set(services.map((service) => service.split('/')[0] ?? ''))].map((project) => ({ project, bytes })),
  );
  const names = new Set([...ofImages, ...containers, ...logs].flatMap(({ project }) => project ?? []));
  const of = (list: readonly Sized[], name: string) => sum(list.filter(({ project }) => project === name));
  return [...names].sort().map((project) => ({
    project,
    images: of(ofImages, project),
    containers: of(containers, project),
    logs: of(logs, project),
  }));
}

interface Sized {
  readonly project?: string | null;
  readonly bytes: number | null;
}

const sum = (list: readonly Sized[]): number => list.reduce((all, { bytes }) => all + (bytes ?? 0), 0);
const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

/** What of each kind there is, and for how long that stays: each is dropped by itself. */
async function countRecords(state: State): Promise<DiskUse['records']> {
  const kinds: readonly (readonly [kind: string, prefix: string, kept: string])[] = [
    ['events', 'events/', 'the newest 1000'],
    ['deployments', 'deployments/', 'the newest 1000'],
    ['revisions', 'revisions/', `the newest ${REVISIONS_KEPT} of a service, and what runs`],
    ['tasks', 'tasks/', 'those that run, and the last few of each slot'],
    ['deliveries', 'deliveries/', 'of 7 days'],
  ];
  return Promise.all(kinds.map(async ([kind, prefix, kept]) => ({ kind, count: await count(state, prefix), kept })));
}

async function count({ store }: State, prefix: string): Promise<number> {
  let found = 0;
  for (let after: string | undefined; ; ) {
    const page = await store.range({ prefix, after });
    found += page.entries.length;
    after = page.entries.at(-1)?.key;
    if (!page.more) return found;
  }
}
