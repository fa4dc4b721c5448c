import type { ContainerUse, DiskUse, ImageUse } from '../../contract/disk.ts';
import { type NeededImages, neededImages } from '../../controllers/needed-images.ts';
import { judgeContainer, judgeImage } from '../../core/disk/judge.ts';
import { OrcaError } from '../../core/errors.ts';
import { LABEL } from '../../core/model/container.ts';
import { LOCAL_NODE } from '../../core/model/node.ts';
import type { Task } from '../../core/model/task.ts';
import type { EngineUsage } from '../../engine/engine.ts';
import type { Engines } from '../../engine/engines.ts';
import type { KeptLog } from '../../node/log-archive.ts';
import type { State } from '../../store/state.ts';
import type { NodeName } from '../observing/node-names.ts';

/** The kept logs of a node's tasks, by the node's id, as far as they take room. */
export interface KeptLogs {
  list(node: string): Promise<readonly KeptLog[]>;
  remove(node: string, task: string): Promise<void>;
}

export interface SurveyOptions {
  readonly state: State;
  readonly engines: Pick<Engines, 'nodes' | 'of'>;
  readonly archive: KeptLogs;
}

/** What of orca's takes room on one node, and whether it may go. */
export interface Survey {
  /** Its id. */
  readonly id: string;
  readonly machine: DiskUse['nodes'][number];
  readonly images: readonly ImageUse[];
  readonly containers: readonly ContainerUse[];
  readonly logs: readonly OwnedLog[];
}

/** A kept log, with the task that wrote it; undefined: that is forgotten. */
export interface OwnedLog extends KeptLog {
  readonly owner: Task | undefined;
}

/**
 * A node that cannot be read is told with the reason, and nothing of it.
 *
 * @param only the id of one node; undefined: all
 * @param nameOf as people know a node, by its id
 * @throws OrcaError what the one failed with, where no node can be read
 */
export async function survey(
  options: SurveyOptions,
  nameOf: NodeName,
  only?: string | undefined,
): Promise<readonly Survey[]> {
  const ids = only === undefined ? options.engines.nodes().toSorted(ownFirst(nameOf)) : [only];
  const read = await Promise.all(ids.map((id) => readNode(options, id)));
  // After the engines: what they show was written down before, so that nothing is taken for forgotten which is only new.
  const book = await readBook(options.state);
  if (read.every((one) => 'error' in one)) throw read[0]?.error;
  return read.map((one) => surveyOf(one, nameOf(one.id), book));
}

const ownFirst = (nameOf: NodeName) => (a: string, b: string) =>
  Number(b === LOCAL_NODE) - Number(a === LOCAL_NODE) || (nameOf(a) < nameOf(b) ? -1 : 1);

type Read =
  | { readonly id: string; readonly usage: EngineUsage; readonly logs: readonly KeptLog[] }
  | { readonly id: string; readonly error: OrcaError };

async function readNode({ engines, archive }: SurveyOptions, id: string): Promise<Read> {
  try {
    const [usage, logs] = await Promise.all([engines.of(id).usage(), archive.list(id)]);
    return { id, usage, logs };
  } catch (error) {
    if (error instanceof OrcaError) return { id, error };
    throw error;
  }
}

/** What the store says of who needs what. */
interface Book {
  readonly needed: NeededImages | undefined;
  readonly tasks: ReadonlyMap<string, Task>;
  /** Some record of a task cannot be read. */
  readonly isDamaged: boolean;
  /** Names of images that orca pulled, by the node's id. */
  readonly pulled: ReadonlyMap<string, readonly string[]>;
}

async function readBook(state: State): Promise<Book> {
  const [needed, tasks, pulled] = await Promise.all([
    neededImages(state),
    state.tasks.listReadable(),
    state.pulledImages.listReadable(),
  ]);
  const byNode = Map.groupBy(pulled.records, ({ value: { node = LOCAL_NODE } }) => node);
  return {
    needed,
    tasks: new Map(tasks.records.map(({ value }) => [value.id, value])),
    isDamaged: tasks.unreadable.length > 0,
    pulled: new Map([...byNode].map(([node, records]) => [node, records.map(({ value }) => value.pinned)])),
  };
}

function surveyOf(read: Read, node: string, { needed, tasks, isDamaged, pulled }: Book): Survey {
  const { id } = read;
  if ('error' in read) {
    const machine = { node, disk: null, others: null, reason: read.error.message };
    return { id, machine, images: [], containers: [], logs: [] };
  }
  const { usage, logs } = read;
  const { disk } = usage;
  const images = (pulled.get(id) ?? []).map((pinned) => ({ node, ...imageUse(pinned, usage, needed) }));
  const own = new Set(images.map(({ image }) => image));
  const others = usage.images.filter(({ digests }) => !digests.some((digest) => own.has(digest)));
  return {
    id,
    machine: {
      node,
      disk: disk ? { path: disk.root, size: disk.size, free: disk.free } : null,
      others: { images: others.length, bytes: others.reduce((sum, { bytes }) => sum + bytes, 0) },
      reason: null,
    },
    images: images.sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0) || (a.image < b.image ? -1 : 1)),
    containers: usage.containers
      .filter(({ isOwn, state: word }) => isOwn && word !== 'running')
      .map((one) => ({ node, ...containerUse(one, (task) => tasks.has(task) || isDamaged) })),
    logs: logs.map((log) => ({ ...log, owner: tasks.get(log.task) })),
  };
}

function imageUse(pinned: string, { images, containers }: EngineUsage, needed: NeededImages | undefined) {
  const found = images.find(({ digests }) => digests.includes(pinned));
  const usedBy = containers.filter(({ image }) => image === found?.id).map(({ name }) => name);
  const neededBy = needed && (needed.get(pinned) ?? []);
  const verdict = judgeImage({ pinned, neededBy, found: found && { tags: found.tags, usedBy } });
  return { image: pinned, bytes: found?.bytes ?? null, services: [...(neededBy ?? [])], ...verdict };
}

type Container = EngineUsage['containers'][number];

function containerUse({ name, labels, state, bytes }: Container, isKnown: (task: string) => boolean) {
  const isTask = (labels[LABEL.kind] ?? 'task') === 'task';
  const task = isTask ? labels[LABEL.task] : undefined;
  return {
    container: name,
    project: labels[LABEL.project] ?? null,
    service: labels[LABEL.service] ?? null,
    state,
    bytes: bytes ?? null,
    ...judgeContainer({ state, task, isKnown: task !== undefined && isKnown(task) }),
  };
}
