import { OrcaError } from '../../src/core/errors.ts';
import type { ContainerView, UnreadContainer } from '../../src/core/model/container.ts';
import type { ResolvedImage } from '../../src/core/model/revision.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { VolumeView } from '../../src/engine/volume.ts';
import { createMemoryEngine, imageOf } from '../unit/api/memory-engine.ts';
import type { MemoryVolumes } from '../unit/engine/memory-volumes.ts';
import type { Watch } from './engine-watch.ts';
import type { Faults } from './faults.ts';
import type { Life } from './life.ts';
import type { Machine } from './machine.ts';

export interface EngineOptions {
  readonly machine: Machine;
  readonly faults: Faults;
  readonly watch: Watch;
  /** Images that are on the machine, by digest. */
  readonly images: Set<string>;
  readonly volumes: MemoryVolumes;
  readonly life: Life;
  readonly choose: (below: number) => number;
}

/** After this an engine that does not tell of a container is given up on, ms; see the gate of the real one. */
const GIVEN_UP_AFTER = 5_000;

/** A Docker engine over a scripted machine, as one process has it. Its answers may be late, and are then of the past. */
export function createScriptedEngine({ machine, faults, watch, images, volumes, life, choose }: EngineOptions): Engine {
  const base = createMemoryEngine();

  const unlessAway = () => {
    if (faults.engineAway) throw new OrcaError('unavailable', 'the engine cannot be reached');
  };

  /** The work is done in the middle of the call. */
  const call = async <T>(work: () => T | Promise<T>, limit = faults.call): Promise<T> => {
    await sleep(choose(limit));
    unlessAway();
    const done = await work();
    await sleep(choose(limit));
    unlessAway();
    return done;
  };

  const unlessStuck = async (name: string) => {
    if (!faults.stuck.has(name)) return;
    await sleep(GIVEN_UP_AFTER);
    throw new OrcaError('unavailable', `the engine does not tell of ${name}`);
  };

  const deed = <T>(what: string, name: string, work: () => T | Promise<T>) =>
    life.deed(`${what} ${name}`, async () => {
      await unlessStuck(name);
      return call(work);
    });

  const viewOf = (name: string) => machine.boxes.get(name)?.view;
  const listed = (view: ContainerView): ContainerView | UnreadContainer => {
    const { id, name, labels, state } = view;
    return faults.stuck.has(name) ? { id, name, labels, state, unread: 'its inspection hangs' } : view;
  };

  const pull = async ({ digest }: ResolvedImage) => {
    unlessAway();
    if (faults.pull === 'fails') throw new OrcaError('not_found', 'no registry has the image');
    await sleep(faults.pull);
    images.add(digest);
  };

  return {
    ...base,
    began: () => life.look(() => call(() => machine.began())),
    reach: () =>
      life.look(() =>
        call(() => {
          if (faults.engineStops) throw new OrcaError('unavailable', 'the engine takes no connection');
        }),
      ),
    ...volumes,
    // All that is here was made by this cluster.
    volume: async (name) => ownVolume(await volumes.volume(name)),
    createVolume: async (wish) => ownVolume(await volumes.createVolume(wish)) as VolumeView,
    list: () => life.look(() => call(() => [...machine.boxes.values()].map(({ view }) => listed(view)))),
    inspect: (name) =>
      life.look(async () => {
        await unlessStuck(name);
        return call(() => viewOf(name));
      }),
    watch: (handlers, signal) => watch.add(handlers, AbortSignal.any([signal, life.signal])),
    resolve: (ref) =>
      life.look(() => call(() => ({ image: imageOf(ref), needsPull: !images.has(imageOf(ref).digest) }))),
    hasImage: ({ digest }) => life.look(() => call(() => images.has(digest))),
    missing: ({ digest }) => life.look(() => call(() => (images.has(digest) ? 'it is there' : undefined))),
    pull: (image) => life.deed(`pull ${image.ref}`, () => pull(image)),
    create: (wish) =>
      deed('create', wish.name, () => {
        if (!images.has(wish.image.digest)) throw new OrcaError('not_found', `no image ${wish.image.ref}`);
        machine.create(wish);
        return `c-${wish.name}`;
      }),
    start: (name) => deed('start', name, () => machine.start(name)),
    stop: (name, grace) => deed('stop', name, () => machine.stop(name, grace)),
    remove: (name) => deed('remove', name, () => machine.remove(name)),
    connect: (name, { network, address }) => deed('connect', name, () => machine.connect(name, network, address)),
    ensureEdge: () => life.deed('edge', () => call(() => ({ subnet: '10.208.0.0/20', gateway: '10.208.0.1' }))),
    ensureNetwork: (network) => life.deed(`network ${network}`, () => call(() => '10.208.16.0/22')),
    removeNetwork: (network) => life.deed(`remove network ${network}`, () => call(() => {})),
  };
}

const ownVolume = (volume: VolumeView | undefined): VolumeView | undefined => volume && { ...volume, owner: 'own' };

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
