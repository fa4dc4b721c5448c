import { OrcaError } from '../../core/errors.ts';
import type { ContainerView } from '../../core/model/container.ts';
import type { ReleaseEnd } from '../../core/model/deployment.ts';
import type { Revision } from '../../core/model/revision.ts';
import { byEnd, type Task, type TaskEnd } from '../../core/model/task.ts';
import { type OwnPorts, requireNotOwn } from '../../core/rollout/own-ports.ts';
import { releaseEnd } from '../../core/rollout/release-outcome.ts';
import type { Step } from '../../core/rollout/step.ts';
import {
  created,
  ended,
  kept,
  lost,
  releasing,
  restarted,
  routed,
  stopping,
  unrouted,
} from '../../core/rollout/transitions.ts';
import type { Engines } from '../../engine/engines.ts';
import { type Stored, unchanged } from '../../store/collection.ts';
import type { Compare, Op } from '../../store/contract.ts';
import type { State } from '../../store/state.ts';
import { type Commit, StaleDecision } from '../commit.ts';
import type { Watching } from '../node/observer.ts';
import { type ContainerSources, containerOf, placeOf } from './container-of.ts';
import type { KeepLogs } from './keep-logs.ts';
import type { ReadSecrets } from './secret-values.ts';
import type { WithVolumes } from './volumes.ts';

export type TaskStep = Extract<
  Step,
  { kind: 'start' | 'route' | 'unroute' | 'stop' | 'lose' | 'bury' | 'sweep' | 'restarted' | 'keep' }
>;

export interface TaskStepsOptions {
  readonly state: State;
  readonly engines: Pick<Engines, 'of'>;
  readonly commit: Commit;
  readonly clock: { now(): number };
  readonly cluster: string;
  /** Where orca listens now: it may have moved since the service was admitted. */
  readonly ownPorts?: OwnPorts | undefined;
  readonly keepLogs: KeepLogs;
  /** The revision that the task is of. */
  readonly readRevision: (task: Task) => Promise<Revision>;
  readonly readSecrets: ReadSecrets;
  readonly withVolumes: WithVolumes;
  /** Brings back what a container needs and its engine has lost: the image, the networks. */
  readonly mend: (revision: Revision, task: Task) => Promise<void>;
  /** See ContainerSources. */
  readonly nameServer: ContainerSources['nameServer'];
  /** Resolves when the task is known to the name server by its address, or soon. */
  readonly untilKnown: (task: Task) => Promise<void>;
  /** Told of what was done, so that the next plan knows. */
  readonly observer: Watching;
  /** Its container is there, or nobody knows. */
  readonly isThere: (task: Task) => boolean;
}

const RECORD_TRIES = 3;
/** Ended tasks kept as facts, for each slot. */
const KEPT_ENDS = 3;
/** The same while their containers are still there: without a record nobody would sweep them away. */
const HELD_ENDS = 20;

/** Applies one step to one task: the store first where the step is a wish, the engine first where it is a fact. */
export function createTaskSteps(
  options: TaskStepsOptions,
): (project: string, service: string, step: TaskStep) => Promise<void> {
  const { state, engines, commit, clock, keepLogs, observer } = options;

  const write = async (
    stored: Stored<Task>,
    next: Task,
    reason: string,
    more: readonly Op[] = [],
    { word = wordOf(next), compare = [] }: { readonly word?: string; readonly compare?: readonly Compare[] } = {},
  ) => {
    if (next === stored.value) return;
    const { project, service, id } = next;
    const [from, to] = [wordOf(stored.value), word];
    const event = state.event({ kind: 'task', at: clock.now(), project, service, name: id, from, to, reason });
    await commit([unchanged(stored), ...compare], [state.tasks.put(next), ...(from === to ? [] : [event]), ...more]);
  };

  const start = async (stored: Stored<Task>) => {
    const task = stored.value;
    const revision = await options.readRevision(task);
    try {
      await make(stored, revision);
    } catch (error) {
      if (!isVerdict(error)) throw error;
      await record(task, { wanted: false, reason: error.message });
    }
    await observer.look(task, runs);
  };

  /** Images and networks are removed behind a master's back: it brings them back, once, before it believes that they are gone. */
  const make = async (stored: Stored<Task>, revision: Revision) => {
    try {
      await withVolumes(stored, revision);
    } catch (error) {
      if (!(error instanceof OrcaError) || error.code !== 'not_found') throw error;
      await options.mend(revision, stored.value);
      const { project, service, id } = stored.value;
      await withVolumes((await state.tasks.get(project, service, id)) ?? stored, revision);
    }
  };

  const withVolumes = (stored: Stored<Task>, revision: Revision) =>
    options.withVolumes(stored.value, revision, () => createAndStart(stored, revision));

  /** Both ends are awaited: what the engine says of the start must not be overtaken by the record of the container. */
  const createAndStart = async (stored: Stored<Task>, revision: Revision) => {
    const task = stored.value;
    requireNotOwn(revision.spec, options.ownPorts?.() ?? []);
    const container = await containerOf(options, placeOf(task), revision);
    const engine = engines.of(task.node);
    const id = await engine.create(container);
    observer.created(task, id, container.labels);
    if (container.dns !== undefined && task.networks) await options.untilKnown(task);
    const next = task.container === id ? task : created(task, id);
    const [begun, kept] = await Promise.allSettled([engine.start(task.id), write(stored, next, task.reason)]);
    for (const outcome of [begun, kept]) if (outcome.status === 'rejected') throw outcome.reason;
  };

  /** Once, or not at all: that it is started is written before, and only while its deployment is the active one. */
  const release = async (stored: Stored<Task>) => {
    const task = stored.value;
    if (task.release?.begunAt !== undefined) return;
    const revision = await options.readRevision(task);
    try {
      await options.mend(revision, task);
      const engine = engines.of(task.node);
      const begin = async () => {
        const container = await containerOf(options, placeOf(task), revision);
        const id = await engine.create(container);
        observer.created(task, id, container.labels);
        if (container.dns !== undefined && task.networks) await options.untilKnown(task);
        const service = await state.services.get(task.project, task.service);
        if (service?.value.deployment !== task.deployment) return;
        await commit(
          [unchanged(stored), ...(service ? state.services.unchanged(service) : [])],
          [state.tasks.put(releasing(task, id, clock.now()))],
        );
        await engine.start(task.id, true);
      };
      await options.withVolumes(task, revision, begin);
    } catch (error) {
      if (!isVerdict(error)) throw error;
      await record(task, { wanted: false, reason: `it could not be started: ${error.message}` }, NEVER_BEGAN);
    }
    await observer.look(task, runs);
  };

  const stop = async (stored: Stored<Task>, step: Extract<Step, { kind: 'stop' }>) => {
    const { value: task } = stored;
    const revision = await options.readRevision(task);
    await write(stored, stopping(task, step, clock.now()), step.reason);
    await engines.of(task.node).stop(task.id, revision.spec.stopGrace);
    const container = await observer.look(task, hasEnded);
    if (container?.state === 'running') throw new OrcaError('unavailable', `${task.id} was stopped, and runs still`);
    await record(task, { wanted: step.wanted !== false, reason: step.reason, ...exitOf(container) });
  };

  const bury = async (task: Task, how: Omit<TaskEnd, 'at' | 'deployment'>) => {
    const container = await engines.of(task.node).inspect(task.id);
    if (container && !hasEnded(container) && container.error === undefined)
      throw new OrcaError('unavailable', `${task.id} was found dead, and lives again`);
    await record(task, how);
  };

  /** Its log may be long, and nobody waits for it: the task's end is recorded by then, and its slot filled anew. */
  const sweep = async (task: Task) => {
    await keepLogs(task);
    await engines.of(task.node).remove(task.id);
    await observer.look(task, isGone);
  };

  /** How a task ended is known before its container goes: a pass in between would else see one that was lost. */
  const record = async (task: Task, how: Omit<TaskEnd, 'at' | 'deployment'>, release?: ReleaseEnd['state']) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await recordOnce(task, how, release);
      } catch (error) {
        // Its deployment may be superseded at any moment.
        if (!(error instanceof StaleDecision) || tries === RECORD_TRIES) throw error;
      }
    }
  };

  const recordOnce = async (
    task: Task,
    how: Omit<TaskEnd, 'at' | 'deployment'>,
    release: ReleaseEnd['state'] | undefined,
  ) => {
    const stored = await state.tasks.get(task.project, task.service, task.id);
    if (!stored) return;
    const end = { ...how, at: clock.now(), deployment: await activeDeployment(task) };
    const next = ended(stored.value, end);
    const told = await released(next, release);
    await write(stored, next, how.reason, [...(await older(task)), ...told.then], { compare: told.compare });
  };

  /** With the end of its task, the end of a release command is told by its deployment. */
  const released = async (task: Task, word: ReleaseEnd['state'] | undefined) => {
    const end = task.release && releaseEnd(task);
    const stored = end && task.deployment ? await state.deployments.get(task.deployment) : undefined;
    if (!end || !stored) return { compare: [], then: [] };
    const release = { end: word === undefined ? end : { ...end, state: word } };
    return { compare: [unchanged(stored)], then: [state.deployments.put({ ...stored.value, release })] };
  };

  const activeDeployment = async ({ project, service }: Task): Promise<number> =>
    (await state.services.get(project, service))?.value.deployment ?? 0;

  const older = async ({ project, service, slot }: Task): Promise<readonly Op[]> => {
    const tasks = await state.tasks.list(project, service);
    const ends = tasks.filter(({ value }) => value.phase === 'ended' && value.slot === slot);
    const newestFirst = ends.sort((a, b) => byEnd(b.value, a.value, clock.now())).map(({ value }) => value);
    const old = newestFirst.filter((task, at) => at >= HELD_ENDS || (at >= KEPT_ENDS - 1 && !options.isThere(task)));
    return old.slice(0, HELD_ENDS).map(state.tasks.remove);
  };

  return async (project, service, step) => {
    const stored = await state.tasks.get(project, service, step.task);
    if (stored?.value.phase === 'ended' && step.kind === 'sweep') return sweep(stored.value);
    if (!stored || stored.value.phase === 'ended' || step.kind === 'sweep') return;
    const { value: task } = stored;
    switch (step.kind) {
      case 'start':
        if (task.phase !== 'run') return;
        return task.release ? release(stored) : start(stored);
      case 'restarted':
        return write(stored, restarted(task, step, clock.now()), step.reason, [], { word: 'restarted' });
      case 'route':
        return write(stored, routed(task, step.start, clock.now()), step.reason);
      case 'unroute':
        return write(stored, unrouted(task, step.reason, clock.now()), step.reason);
      case 'keep':
        return write(stored, kept(task, step, clock.now()), step.reason);
      case 'lose':
        if (step.isGone) return record(task, { wanted: true, reason: step.reason });
        return write(stored, lost(task, step.reason, clock.now()), step.reason);
      case 'stop':
        return stop(stored, step);
      case 'bury':
        return bury(task, { wanted: false, reason: step.reason, exitCode: step.exitCode, oomKilled: step.oomKilled });
    }
  };
}

/** Whatever was written before: the engine did not start it. */
const NEVER_BEGAN = 'never-began';

/** What the engine said no to for good; anything else is tried again. */
const isVerdict = (error: unknown): error is OrcaError =>
  error instanceof OrcaError && !(error instanceof StaleDecision) && !['unavailable', 'timeout'].includes(error.code);

const runs = (container: ContainerView | undefined): boolean => container?.state === 'running';
const isGone = (container: ContainerView | undefined): boolean => container === undefined;
const hasEnded = (container: ContainerView | undefined): boolean =>
  container !== undefined && ['exited', 'dead', 'removing'].includes(container.state);

const exitOf = (container: ContainerView | undefined) => ({
  exitCode: container?.exitCode,
  oomKilled: container?.oomKilled,
});

const wordOf = (task: Task): string => {
  if (task.phase === 'ended') return hasFailed(task) ? 'failed' : 'stopped';
  if (task.phase === 'stop') return task.lost ? 'lost' : 'stopping';
  if (task.kept) return 'kept';
  return task.routed ? 'running' : task.unroutedAt === undefined ? 'starting' : 'draining';
};

const hasFailed = ({ end }: Task): boolean => end?.wanted === false && end.exitCode !== 0;
