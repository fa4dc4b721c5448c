import { after, before } from 'node:test';
import { type LabCluster, startCluster } from './cluster.ts';
import { type EngineWish, type LabEngine, startEngine } from './engine.ts';

export interface Lab {
  readonly engine: LabEngine;
  readonly orca: LabCluster;
}

interface Stoppable {
  stop(): Promise<void>;
}

export interface LabWish {
  readonly images: readonly string[];
  readonly engine?: EngineWish;
  /** Another way to the engine's Docker API. */
  readonly docker?: (engine: LabEngine) => Promise<Stoppable & { readonly url: string }>;
  /** Writes a settings file and gives its path. */
  readonly config?: (dir: string) => string;
  /** What must be there before the server starts. */
  readonly prepare?: (orca: LabCluster) => Promise<Stoppable>;
  /** What all tests begin from; here, as hooks of a file do not wait for one another. */
  readonly begin?: (orca: LabCluster) => Promise<void>;
}

/** An engine and a server for the tests of one file; there from their beginning, gone after their end. */
export function useCluster({ images, engine: wish, docker, config, prepare, begin }: LabWish): Lab {
  const lab: { -readonly [K in keyof Lab]?: Lab[K] } = {};
  const parts: Stoppable[] = [];
  const keep = <T extends Stoppable>(part: T): T => {
    parts.unshift(part);
    return part;
  };
  before(async () => {
    const engine = keep(await startEngine(wish));
    lab.engine = engine;
    for (const image of images) await engine.ensureImage(image);
    const way = docker && keep(await docker(engine));
    const orca = await startCluster(engine, { docker: way?.url, config });
    lab.orca = orca;
    if (prepare) keep(await prepare(orca));
    keep(orca);
    await orca.startServer();
    await begin?.(orca);
  });
  after(async () => {
    for (const part of parts) await part.stop();
  });
  return lab as Lab;
}
