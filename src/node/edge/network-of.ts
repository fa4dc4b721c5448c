import { readdir, readFile } from 'node:fs/promises';
import type { ContainerView } from '../../core/model/container.ts';

/** Path of a running container's network namespace, by its id; those that cannot be found are left out. */
export async function networksOf(
  containers: readonly Pick<ContainerView, 'id' | 'pid'>[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { id, pid } of containers)
    if (pid !== undefined && (await isIn(String(pid), id))) found.set(id, networkPath(String(pid)));
  if (found.size < containers.length) await search(new Set(containers.map(({ id }) => id)), found);
  return found;
}

/** The number that the engine tells is of its own process namespace, which need not be this process's: cgroup(7) names the container. */
async function isIn(pid: string, id: string): Promise<boolean> {
  return (await proc(pid, 'cgroup')).includes(id);
}

async function search(ids: ReadonlySet<string>, found: Map<string, string>): Promise<void> {
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue;
    const [id = ''] = /[0-9a-f]{64}/.exec(await proc(pid, 'cgroup')) ?? [];
    if (ids.has(id) && !found.has(id) && (await isFirst(pid))) found.set(id, networkPath(pid));
  }
}

/** The container's first process: what it has started may have namespaces of its own. */
const isFirst = async (pid: string): Promise<boolean> => /^NSpid:.*\t1$/m.test(await proc(pid, 'status'));

const proc = (pid: string, file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');

const networkPath = (pid: string): string => `/proc/${pid}/ns/net`;
