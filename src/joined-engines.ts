import type { EngineWay } from './engine/connection.ts';
import { createEngine } from './engine/docker.ts';
import type { Engine } from './engine/engine.ts';
import type { Wire } from './tunnel/wire.ts';

/** Docker at the other end of a wire. @param name of the node, which may change */
export type EngineOf = (wire: Wire, name: () => string) => Engine;

/** The same one for as long as the wire is there: it keeps connections. */
export function createJoinedEngines(cluster: string): EngineOf {
  const engines = new WeakMap<Wire, Engine>();
  return (wire, name) => {
    const known = engines.get(wire);
    if (known) return known;
    const docker: EngineWay = {
      name: () => `node "${name()}"`,
      dial: (way) => wire.connect('docker', way),
      signal: (process, signal) => wire.signal({ ...process, signal }),
    };
    const engine = createEngine({ docker, cluster });
    engines.set(wire, engine);
    return engine;
  };
}
