import { interleave } from '../interleave.ts';
import { bareFleet } from './bare.ts';
import { connectDocker } from './docker.ts';
import type { Fleet, Started, Updated } from './fleet.ts';
import { cheapest, isolated } from './kinds.ts';
import { orcaFleet } from './orca.ts';
import { swarmFleet } from './swarm.ts';

/**
 * `inside.ts JSON`, run with the network of a lab engine, where the API, the ingress and every container are reached. Prints
 * one JSON line for each measurement: {fleet, what, round, ...}.
 */
export interface Wish {
  readonly what: 'tasks' | 'killed';
  readonly rounds: number;
  readonly socket: string;
  readonly token: string;
  readonly program: string;
  readonly dir: string;
}

/** One measurement, as printed. */
export type Line = { readonly fleet: string; readonly what: string; readonly round: number } & (
  | Started
  | Updated
  | { readonly after: number; readonly between: Readonly<Record<string, number>> }
);

const wish = JSON.parse(process.argv[2] ?? '{}') as Wish;
const docker = connectDocker(wish.socket);
const orca = orcaFleet({ ...wish, docker }, 'API');
const swarm = swarmFleet(docker, false);
const fleets: readonly Fleet[] = [
  orca,
  orcaFleet({ ...wish, docker }, 'API, not alone'),
  bareFleet(docker, isolated()),
  bareFleet(docker, cheapest()),
  swarmFleet(docker, true),
  swarm,
  orcaFleet({ ...wish, docker }, 'CLI'),
];

const told = (what: string) => (fleet: string, round: number, result: object) =>
  console.log(JSON.stringify({ fleet, what, round, ...result }));

if (wish.what === 'tasks') {
  for (const tasks of [1, 12]) {
    await interleave(
      fleets.map((fleet) => started(fleet, tasks)),
      wish.rounds,
      told(`${tasks} new`),
    );
  }
  await interleave(
    fleets.map((fleet) => updated(fleet, 12)),
    wish.rounds,
    told('12 updated'),
  );
} else {
  await interleave([orca, swarm].map(healed), wish.rounds, told('killed'));
}
for (const fleet of fleets) await fleet.end?.();
docker.close();
process.exit(0); // kept connections

function started(fleet: Fleet, tasks: number) {
  return {
    name: fleet.name,
    measure: async (): Promise<Started> => {
      const result = await fleet.create(tasks, '1');
      await fleet.remove();
      return result;
    },
  };
}

function updated(fleet: Fleet, tasks: number) {
  return {
    name: fleet.name,
    measure: async (): Promise<Updated> => {
      await fleet.create(tasks, '1');
      const result = await fleet.update(tasks, '2');
      await fleet.remove();
      return { ...result, done: Math.max(result.answering, result.done) };
    },
  };
}

/** One task, killed with SIGKILL behind the back of whoever runs it. */
function healed(fleet: Fleet) {
  return {
    name: fleet.name,
    measure: async () => {
      await fleet.create(1, '1');
      const result = await fleet.heal?.((container) => docker.call('POST', `/containers/${container}/kill`));
      await fleet.remove();
      if (!result) throw new Error(`${fleet.name} does not heal`);
      return result;
    },
  };
}
