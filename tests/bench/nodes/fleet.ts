import type { Started, Updated, Version } from '../tasks/fleet.ts';

/** What runs one service on three machines: orca, a Swarm, or what stands for them. All times in ms. */
export interface NodesFleet {
  readonly name: string;
  /** Makes so many tasks, and waits until all run. */
  create(tasks: number, version: Version): Promise<Placed>;
  /** Undefined: nobody decides anything. */
  update?(tasks: number, version: Version): Promise<Updated>;
  /** Cuts the cable of the last machine, and waits until its tasks run elsewhere. Undefined as above. */
  lose?(tasks: number, cut: () => Promise<void>): Promise<Lost>;
  /** Takes the service away, and waits until no container is left. */
  remove(): Promise<void>;
  /** Resolves when every machine takes tasks. */
  ready?(): Promise<void>;
  /** Takes away what all of its services shared. */
  end?(): Promise<void>;
}

export interface Placed extends Started {
  /** Docker has told the start of the last one. */
  readonly running: number;
}

export interface Lost {
  /** As many run elsewhere as ran there, since the cut. */
  readonly running: number;
  /** All answer, none of them there. Undefined: nobody routes. */
  readonly answering?: number;
  readonly requests?: number;
  readonly failed?: number;
}
