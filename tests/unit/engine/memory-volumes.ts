import { OrcaError } from '../../../src/core/errors.ts';
import { LABEL } from '../../../src/core/model/container.ts';
import type { EngineVolumes, VolumeRoot, VolumeUser, VolumeView } from '../../../src/engine/volume.ts';

/** The volumes of an engine in memory; as the real one in tests/contract/engine/volumes.test.ts. */
export interface MemoryVolumes extends EngineVolumes {
  readonly made: Map<string, Omit<VolumeView, 'owner'>>;
  readonly users: Map<string, readonly VolumeUser[]>;
  readonly sizes: Map<string, number>;
  /** What was set, in order. */
  readonly roots: VolumeRoot[];
}

export function memoryVolumes(cluster = 'c'): MemoryVolumes {
  const made: MemoryVolumes['made'] = new Map();
  const users: MemoryVolumes['users'] = new Map();
  const sizes: MemoryVolumes['sizes'] = new Map();
  const roots: VolumeRoot[] = [];
  const view = (name: string): VolumeView | undefined => {
    const found = made.get(name);
    const of = found?.labels[LABEL.cluster];
    return found && { ...found, owner: of === undefined ? 'none' : of === cluster ? 'own' : 'other' };
  };
  return {
    made,
    users,
    sizes,
    roots,
    volumes: async () => [...made.keys()].flatMap((name) => view(name) ?? []),
    volume: async (name) => view(name),
    createVolume: async ({ name, driver, driverOpts, labels }) => {
      if (!made.has(name)) made.set(name, { name, driver, options: driverOpts, labels });
      return view(name) as VolumeView;
    },
    setVolumeRoot: async (root) => void roots.push(root),
    removeLeftHelper: async () => undefined,
    removeLeftFileVolumes: async () => [],
    volumeUsers: async (name) => users.get(name) ?? [],
    volumeSizes: async () => sizes,
    removeVolume: async (name) => {
      if ((users.get(name) ?? []).length > 0) throw new OrcaError('conflict', `volume is in use: ${name}`);
      return made.delete(name) ? 'removed' : 'gone';
    },
  };
}
