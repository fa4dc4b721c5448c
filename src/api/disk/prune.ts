import type { ContainerUse, ImageUse, Pruned } from '../../contract/disk.ts';
import { OrcaError } from '../../core/errors.ts';
import { LOCAL_NODE } from '../../core/model/node.ts';
import type { Engine } from '../../engine/engine.ts';
import { unchanged } from '../../store/collection.ts';
import type { NodeName } from '../observing/node-names.ts';
import { type OwnedLog, type Survey, type SurveyOptions, survey } from './survey.ts';

export interface PruneIntent {
  readonly dry_run: boolean;
  /** Kept logs too. */
  readonly logs: boolean;
  /** The id of one node; undefined: all. */
  readonly node?: string | undefined;
}

export type Prune = (wish: PruneIntent, nameOf: NodeName) => Promise<Pruned>;

/** Logs of one prune of a node: the answer names each. */
const MOST_LOGS = 10_000;

/** Removes what may go: the engine looks once more at each, and refuses what is used by then. One at a time. */
export function createPrune(options: SurveyOptions): Prune {
  let isBusy = false;
  return async (wish, nameOf) => {
    if (isBusy) throw new OrcaError('conflict', 'a prune is under way', { hint: 'wait until it has ended' });
    isBusy = true;
    try {
      return await prune(options, wish, nameOf);
    } finally {
      isBusy = false;
    }
  };
}

async function prune(options: SurveyOptions, wish: PruneIntent, nameOf: NodeName): Promise<Pruned> {
  const found = await survey(options, nameOf, wish.node);
  const done = await Promise.all(found.filter(isRead).map((one) => pruneNode(options, wish, one)));
  const images = done.flatMap((one) => one.images);
  const containers = done.flatMap((one) => one.containers);
  const logs = done.flatMap((one) => one.logs);
  return {
    dry_run: wish.dry_run,
    images,
    containers,
    logs,
    bytes: [...images, ...containers, ...logs].reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
    failed: done.flatMap(({ failed }) => failed),
    unread: found.flatMap(({ machine: { node, reason } }) => (reason === null ? [] : [{ node, reason }])),
  };
}

const isRead = ({ machine }: Survey): boolean => machine.reason === null;

type PrunedNode = Pick<Pruned, 'images' | 'containers' | 'logs' | 'failed'>;

async function pruneNode(
  options: SurveyOptions,
  { dry_run, logs: withLogs }: PruneIntent,
  found: Survey,
): Promise<PrunedNode> {
  const { node } = found.machine;
  const failed: PrunedNode['failed'] = [];
  const tools: Tools = { ...options, id: found.id, engine: options.engines.of(found.id) };
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
      else failed.push({ node, what: name(one), reason });
    }
    return went;
  };
  const images = await gone(found.images.filter(isRemovable), ({ image }) => image, removeImage(tools));
  const containers = await gone(found.containers.filter(isRemovable), nameOfContainer, removeContainer(tools));
  // They go with their containers, as files do that lie in one: nobody is asked about them. Those of others' removals, too.
  await gone(
    [tools.engine],
    () => 'folders of files',
    async (engine) => void (await engine.removeLeftFileVolumes()),
  );
  const ended = withLogs ? found.logs.filter(isOfEnded).slice(0, MOST_LOGS) : [];
  const logs = await gone(ended, ({ task }) => `the log of ${task}`, removeLog(tools));
  return {
    images: images.map(({ image, bytes }) => ({ node, image, bytes })),
    containers: containers.map(({ container, project, service, bytes }) => ({
      ...{ node, container, project, service, bytes },
    })),
    logs: logs.map(({ task, bytes }) => ({ node, task, bytes })),
    failed,
  };
}

interface Tools extends SurveyOptions {
  /** Of the node. */
  readonly id: string;
  readonly engine: Pick<Engine, 'removeImage' | 'removeDead' | 'removeLeftFileVolumes'>;
}

const isRemovable = ({ removable }: Pick<ImageUse, 'removable'>): boolean => removable;
const nameOfContainer = ({ container }: ContainerUse): string => container;
const isOfEnded = ({ owner }: OwnedLog): boolean => owner === undefined || owner.phase === 'ended';

/** The engine's own words are for people, too; what is no refusal is a bug, and told as one. */
function reasonOf(error: unknown): string {
  if (error instanceof OrcaError) return error.message;
  throw error;
}

/** Undefined: it is gone. The record goes last, so that an image that stays is orca's still. */
const removeImage =
  ({ engine, state, id }: Tools) =>
  async ({ image }: ImageUse): Promise<string | undefined> => {
    const outcome = await engine.removeImage(image);
    if (outcome === 'in-use') return 'a container uses it by now';
    const stored = await state.pulledImages.get(encodeURIComponent(image), ...(id === LOCAL_NODE ? [] : [id]));
    if (stored) await state.store.txn({ compare: [unchanged(stored)], then: [{ delete: stored.key }] });
    return outcome === 'tagged' ? 'it has a tag by now' : undefined;
  };

const removeContainer =
  ({ engine }: Tools) =>
  async ({ container }: ContainerUse): Promise<string | undefined> =>
    (await engine.removeDead(container)) === 'in-use' ? 'it runs by now' : undefined;

const removeLog =
  ({ archive, id }: Tools) =>
  async ({ task }: OwnedLog): Promise<undefined> => {
    await archive.remove(id, task);
  };
