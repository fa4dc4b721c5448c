import type { ContainerUse, ImageUse, Pruned } from '../../contract/disk.ts';
import { OrcaError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import { unchanged } from '../../store/collection.ts';
import { type OwnedLog, type SurveyOptions, survey } from './survey.ts';

export interface PruneOptions extends SurveyOptions {
  readonly engine: Pick<Engine, 'usage' | 'removeImage' | 'removeDead' | 'removeLeftFileVolumes'>;
}

export interface PruneIntent {
  readonly dry_run: boolean;
  /** Kept logs too. */
  readonly logs: boolean;
}

export type Prune = (wish: PruneIntent) => Promise<Pruned>;

/** Logs of one prune: the answer names each. */
const MOST_LOGS = 10_000;

/** Removes what may go: the engine looks once more at each, and refuses what is used by then. One at a time. */
export function createPrune(options: PruneOptions): Prune {
  let isBusy = false;
  return async (wish) => {
    if (isBusy) throw new OrcaError('conflict', 'a prune is under way', { hint: 'wait until it has ended' });
    isBusy = true;
    try {
      return await prune(options, wish);
    } finally {
      isBusy = false;
    }
  };
}

async function prune(options: PruneOptions, { dry_run, logs: withLogs }: PruneIntent): Promise<Pruned> {
  const found = await survey(options);
  const failed: { what: string; reason: string }[] = [];
  /** Those of the candidates that went, or would go. */
  const gone = async <T>(
    list: readonly T[],
    name: (one: T) => string,
    remove: (one: T) => Promise<string | undefined>,
  ) => {
    const went: T[] = [];
    for (const one of list) {
      const reason = dry_run ? undefined : await remove(one).catch((error: unknown) => reasonOf(error));
      if (reason === undefined) went.push(one);
      else failed.push({ what: name(one), reason });
    }
    return went;
  };
  const images = await gone(found.images.filter(isRemovable), ({ image }) => image, removeImage(options));
  const containers = await gone(found.containers.filter(isRemovable), nameOf, removeContainer(options));
  // They go with their containers, as files do that lie in one: nobody is asked about them. Those of others' removals, too.
  await gone(
    [options.engine],
    () => 'folders of files',
    async (engine) => void (await engine.removeLeftFileVolumes()),
  );
  const ended = withLogs ? found.logs.filter(isOfEnded).slice(0, MOST_LOGS) : [];
  const logs = await gone(ended, ({ task }) => `the log of ${task}`, removeLog(options));
  return {
    dry_run,
    images: images.map(({ image, bytes }) => ({ image, bytes })),
    containers: containers.map(({ container, project, service, bytes }) => ({ container, project, service, bytes })),
    logs: logs.map(({ task, bytes }) => ({ task, bytes })),
    bytes: [...images, ...containers, ...logs].reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
    failed,
  };
}

const isRemovable = ({ removable }: Pick<ImageUse, 'removable'>): boolean => removable;
const nameOf = ({ container }: ContainerUse): string => container;
const isOfEnded = ({ owner }: OwnedLog): boolean => owner === undefined || owner.phase === 'ended';

/** The engine's own words are for people, too; what is no refusal is a bug, and told as one. */
function reasonOf(error: unknown): string {
  if (error instanceof OrcaError) return error.message;
  throw error;
}

/** Undefined: it is gone. The record goes last, so that an image that stays is orca's still. */
const removeImage =
  ({ engine, state }: PruneOptions) =>
  async ({ image }: ImageUse): Promise<string | undefined> => {
    const outcome = await engine.removeImage(image);
    if (outcome === 'in-use') return 'a container uses it by now';
    const stored = await state.pulledImages.get(encodeURIComponent(image));
    if (stored) await state.store.txn({ compare: [unchanged(stored)], then: [{ delete: stored.key }] });
    return outcome === 'tagged' ? 'it has a tag by now' : undefined;
  };

const removeContainer =
  ({ engine }: PruneOptions) =>
  async ({ container }: ContainerUse): Promise<string | undefined> =>
    (await engine.removeDead(container)) === 'in-use' ? 'it runs by now' : undefined;

const removeLog =
  ({ archive }: PruneOptions) =>
  async ({ task }: OwnedLog): Promise<undefined> => {
    await archive.remove(task);
  };
