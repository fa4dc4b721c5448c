import { machineCpuPercent } from '../../core/load/cpu-share.ts';
import { lifeOf, type NodeLife, reasonOf } from '../../core/nodes/liveness.ts';
import type { NodeStatus } from '../../core/nodes/wire.ts';
import type { Wire } from '../../tunnel/wire.ts';

/** What is seen of a node that joined. Nothing of it is stored. */
export interface NodeSight {
  readonly life: NodeLife;
  /** Why it is not ready, as a sentence. */
  readonly reason: string | null;
  /** Ms since anything came from it; undefined if nothing came since this master started. */
  readonly silentFor: number | undefined;
  /** Ms. */
  readonly roundTrip: number | undefined;
  /** What it told last. */
  readonly status: NodeStatus | undefined;
  /** Ms since it told that. */
  readonly toldAgo: number | undefined;
  /** How busy its CPUs were between the last two times that it told, in percent of one CPU. */
  readonly cpuPercent: number | undefined;
  /** By how much its clock was ahead of the master's then, ms: shown, never decided on. */
  readonly skew: number | undefined;
}

export interface SightsOptions {
  /** Undefined while the node port is closed. */
  readonly wire: (id: string) => Wire | undefined;
  /** Ms on a clock that is never set, the one of `Wire.lastHeard`. */
  readonly steady: () => number;
  /** Epoch ms, of this machine as it is. */
  readonly wall: { now(): number };
}

export interface Sights {
  of(id: string): NodeSight;
  /** Asks a node how it is. Rejects with `unavailable` while it is away. */
  ask(id: string): Promise<NodeStatus | undefined>;
  /** @param why as the connection was lost, a clause; undefined: it is there */
  lost(id: string, why: string | undefined): void;
  forget(id: string): void;
}

interface Told {
  readonly status: NodeStatus;
  readonly skew: number;
  /** On the steady clock. */
  readonly at: number;
  readonly cpuPercent: number | undefined;
}

/** Told longer apart, two samples say nothing of how it is now, ms. */
const APART = 30_000;

/** Since when silence counts is when this was made: a master that has just started knows nothing yet. */
export function createSights({ wire, steady, wall }: SightsOptions): Sights {
  const since = steady();
  const told = new Map<string, Told>();
  const causes = new Map<string, string>();

  return {
    of(id) {
      const now = steady();
      const lastHeard = wire(id)?.lastHeard();
      const hearing = { now, since, lastHeard };
      const silence = lifeOf(hearing);
      const { status, skew, at, cpuPercent } = told.get(id) ?? {};
      const problem = silence === 'ready' ? status?.dockerProblem : undefined;
      return {
        life: problem === undefined ? silence : 'suspect',
        reason: problem ?? reasonOf(silence, hearing, causes.get(id)),
        silentFor: lastHeard === undefined ? undefined : Math.max(0, now - lastHeard),
        roundTrip: wire(id)?.roundTrip(),
        status,
        toldAgo: at === undefined ? undefined : Math.max(0, now - at),
        cpuPercent,
        skew,
      };
    },
    async ask(id) {
      const before = wall.now();
      const status = await wire(id)?.status();
      if (!status) return undefined;
      const [last, at] = [told.get(id), steady()];
      told.set(id, {
        status,
        skew: Math.round(status.now - (before + wall.now()) / 2),
        at,
        cpuPercent: last && at - last.at <= APART ? busyBetween(last.status, status) : undefined,
      });
      return status;
    },
    lost(id, why) {
      if (why === undefined) causes.delete(id);
      else causes.set(id, why);
    },
    forget(id) {
      told.delete(id);
      causes.delete(id);
    },
  };
}

const busyBetween = (before: NodeStatus, after: NodeStatus): number | undefined =>
  before.cpu &&
  after.cpu &&
  machineCpuPercent({ ...before.cpu, cpus: before.cpus }, { ...after.cpu, cpus: after.cpus });
