import type { NetworkInspectInfo } from 'dockerode';
import { engineTime } from '../core/clock.ts';
import type { DockerClient } from './client.ts';
import { dial } from './dial.ts';
import { statusOf } from './docker-error.ts';
import type { EngineStart } from './engine.ts';

/** Docker tells of no time at which it began. It makes the network `bridge` anew each time, before it starts any container. */
export async function readBegan(client: DockerClient): Promise<EngineStart | undefined> {
  const [made, now] = await Promise.all([readBridge(client), readTime(client)]);
  const [at, told] = [made, now].map((time) => (time === undefined ? Number.NaN : Date.parse(time)));
  if (at === undefined || told === undefined || !Number.isFinite(told - at)) return undefined;
  return { at: engineTime(at), ago: Math.max(0, told - at) };
}

/** None with `--bridge=none`. */
async function readBridge(client: DockerClient): Promise<string | undefined> {
  const call = client.call('inspect network "bridge"', (docker, signal) =>
    dial<NetworkInspectInfo>(docker, '/networks/bridge', { signal }),
  );
  const found = await call.catch((error: unknown) => {
    if (statusOf(error) !== 404) throw error;
    return undefined;
  });
  return found?.Created;
}

/** By its own clock. */
async function readTime(client: DockerClient): Promise<string | undefined> {
  const call = client.call('tell the time', (docker, signal) =>
    dial<{ readonly SystemTime?: string }>(docker, '/info', { signal }),
  );
  return (await call).SystemTime;
}
