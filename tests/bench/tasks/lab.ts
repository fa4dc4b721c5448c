import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type LabCluster, startCluster } from '../../lab/cluster.ts';
import { startEngine } from '../../lab/engine.ts';
import type { Line, Wish } from './inside.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

/** Orca on a lab engine of its own, for as long as `use` takes; with a Swarm of one node on it if that is wanted. */
export async function withCluster<T>({ swarm }: { swarm: boolean }, use: (orca: LabCluster) => Promise<T>): Promise<T> {
  const engine = await startEngine();
  try {
    for (const image of ['orca-test/web:1', 'orca-test/web:2']) await engine.ensureImage(image);
    if (swarm) await engine.docker(['swarm', 'init', '--advertise-addr', engine.address]);
    const orca = await startCluster(engine);
    try {
      await orca.startServer();
      return await use(orca);
    } finally {
      await orca.stop();
    }
  } finally {
    await engine.stop();
  }
}

/** Measures from inside the engine's network; gives each line to `told` as it comes. */
export async function measureInside(
  orca: LabCluster,
  wish: Pick<Wish, 'what' | 'rounds'>,
  told: (line: Line) => void,
): Promise<readonly Line[]> {
  const whole: Wish = {
    ...wish,
    socket: orca.engine.socket,
    token: readFileSync(join(orca.dir, 'admin.token'), 'utf8').trim(),
    program: join(ROOT, 'cli/orca'),
    dir: orca.engine.dir,
  };
  const program = join(import.meta.dirname, 'inside.ts');
  const child = orca.engine.spawn(
    ['setpriv', '--pdeathsig', 'SIGKILL', process.execPath, program, JSON.stringify(whole)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  if (!child.stdout) throw new Error('no output');
  const exited = once(child, 'exit');
  const lines: Line[] = [];
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    told(line);
  }
  const [code] = await exited;
  if (code !== 0) throw new Error('the measurement did not come to its end');
  return lines;
}
