import { type LabNodes, startNodes } from '../../lab/nodes.ts';
import { connectDocker, type Docker } from '../tasks/docker.ts';

/** Three machines on one network, which are a cluster of orca and a swarm; the first one is master and manager. */
export interface BenchNodes {
  readonly lab: LabNodes;
  readonly engines: readonly Docker[];
  /** The cable of the last machine. */
  cut(): Promise<void>;
  mend(): Promise<void>;
}

export async function withNodes<T>(use: (nodes: BenchNodes) => Promise<T>): Promise<T> {
  const lab = await startNodes({ machines: 2, images: ['orca-test/web:1', 'orca-test/web:2'] });
  const engines = [lab.master.engine, ...lab.machines.map(({ engine }) => engine)].map(({ socket }) =>
    connectDocker(socket),
  );
  try {
    await join(lab);
    await swarm(lab);
    const plug = lab.machines.at(-1)?.plug;
    if (plug === undefined) throw new Error('no machine beside the master');
    return await use({ lab, engines, cut: plug.cut, mend: plug.mend });
  } finally {
    for (const docker of engines) docker.close();
    await lab.stop();
  }
}

async function join({ machines, token }: LabNodes): Promise<void> {
  for (const machine of machines) {
    const { code, stdout, stderr } = await machine.join(await token());
    if (code !== 0) throw new Error(`${machine.name} does not join: ${stdout}${stderr}`);
  }
}

async function swarm({ master, plug, machines }: LabNodes): Promise<void> {
  await master.engine.docker(['swarm', 'init', '--advertise-addr', plug.address]);
  const token = (await master.engine.docker(['swarm', 'join-token', '--quiet', 'worker'])).trim();
  for (const { engine, plug: own } of machines) {
    await engine.docker(['swarm', 'join', '--token', token, '--advertise-addr', own.address, `${plug.address}:2377`]);
  }
}
