import type { ResponseOf } from '../contract/endpoint.ts';
import type { removeVolume, volumes } from '../contract/volumes.ts';
import type { Call } from './call.ts';

/** What a client asks about volumes. */
export interface VolumeCalls {
  /** @param query `size`: measured, which may take long */
  volumes(query?: {
    readonly project?: string | undefined;
    readonly size?: boolean | undefined;
  }): Promise<ResponseOf<typeof volumes>>;
  /** On the engine: `<project>_<name>`. */
  removeVolume(name: string): Promise<ResponseOf<typeof removeVolume>>;
}

const VOLUMES = '/api/v1/volumes';

/** @param patience ms, for Docker to read every file of every volume */
export const volumeCalls = (json: <T>(call: Call) => Promise<T>, patience: number): VolumeCalls => ({
  volumes: (query = {}) => json({ method: 'GET', path: VOLUMES, query: { ...query }, patience }),
  removeVolume: (name) => json({ method: 'DELETE', path: `${VOLUMES}/${encodeURIComponent(name)}` }),
});
