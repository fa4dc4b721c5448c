import type { ContainerUse, DiskUse, ImageUse } from '../../contract/disk.ts';
import { type NeededImages, neededImages } from '../../controllers/needed-images.ts';
import { judgeContainer, judgeImage } from '../../core/disk/judge.ts';
import { LABEL } from '../../core/model/container.ts';
import type { Task } from '../../core/model/task.ts';
import type { Engine, EngineUsage } from '../../engine/engine.ts';
import type { KeptLog } from '../../node/log-archive.ts';
import type { State } from '../../store/state.ts';

/** The kept logs, as far as they take room. */
export interface KeptLogs {
  list(): Promise<readonly KeptLog[]>;
  remove(task: string): Promise<void>;
}

export interface SurveyOptions {
  readonly state: State;
  readonly engine: Pick<Engine, 'usage'>;
  readonly archive: KeptLogs;
}

export interface Survey extends Omit<DiskUse, 'logs' | 'records' | 'store_bytes' | 'projects'> {
  readonly images: ImageUse[];
  readonly containers: ContainerUse[];
  readonly logs: readonly OwnedLog[];
}

/** A kept log, with the task that wrote it; undefined: that is forgotten. */
export interface OwnedLog extends KeptLog {
  readonly owner: Task | undefined;
}

/**
 * Everything of orca's that takes room on the master's own machine, and whether it may go. The engine is read first: what it shows was written down
 * before, so that nothing is taken for forgotten which is only new.
 */
export async function survey({ state, engine, archive }: SurveyOptions): Promise<Survey> {
  const usage = await engine.usage();
  const [logs, needed, tasks, pulled] = await Promise.all([
    archive.list(),
    neededImages(state),
    state.tasks.listReadable(),
    state.pulledImages.listReadable(),
  ]);
  const known = new Map(tasks.records.map(({ value }) => [value.id, value]));
  const here = pulled.records.filter(({ value }) => value.node === undefined);
  const images = here.map(({ value }) => imageUse(value.pinned, usage, needed));
  const own = new Set(images.map(({ image }) => image));
  const others = usage.images.filter(({ digests }) => !digests.some((digest) => own.has(digest)));
  return {
    disk: usage.disk ? { path: usage.disk.root, size: usage.disk.size, free: usage.disk.free } : null,
    images: images.sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0) || (a.image < b.image ? -1 : 1)),
    containers: usage.containers
      .filter(({ isOwn, state: word }) => isOwn && word !== 'running')
      .map((one) => containerUse(one, (task) => known.has(task) || tasks.unreadable.length > 0)),
    logs: logs.map((log) => ({ ...log, owner: known.get(log.task) })),
    others: { images: others.length, bytes: others.reduce((sum, { bytes }) => sum + bytes, 0) },
  };
}

function imageUse(pinned: string, { images, containers }: EngineUsage, needed: NeededImages | undefined): ImageUse {
  const found = images.find(({ digests }) => digests.includes(pinned));
  const usedBy = containers.filter(({ image }) => image === found?.id).map(({ name }) => name);
  const neededBy = needed && (needed.get(pinned) ?? []);
  const verdict = judgeImage({ pinned, neededBy, found: found && { tags: found.tags, usedBy } });
  return { image: pinned, bytes: found?.bytes ?? null, services: [...(neededBy ?? [])], ...verdict };
}

type Container = EngineUsage['containers'][number];

function containerUse({ name, labels, state, bytes }: Container, isKnown: (task: string) => boolean): ContainerUse {
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
