import type { ContainerView } from '../../../../src/core/model/container.ts';
import type { Health } from '../../../../src/core/rollout/observed.ts';

/** How the containers of a revision behave. */
export type Behaviour = 'good' | 'slow' | 'never-ready' | 'exits' | 'turns-bad' | 'completes' | 'fails';

/** A container of the simulator. */
export interface Box {
  view: ContainerView;
  startedAt: number;
  /** When it answers its probe. */
  readyAt: number;
  readonly behaviour: Behaviour;
  /** The engine neither tells of it nor does anything to it. */
  stuck?: boolean;
  /** Since when it runs and answers nobody; a restart helps. */
  hungSince?: number | undefined;
  /** When it will have stopped. */
  stopsAt?: number;
  /** What the master still takes for true, and until when: the event is late. */
  late?: { readonly view: ContainerView; readonly until: number };
}

/** From its start to its first answer, ms. */
export const readyAfter = (behaviour: Behaviour): number => READY_AFTER[behaviour];

const READY_AFTER: Readonly<Record<Behaviour, number>> = {
  good: 100,
  slow: 2_000,
  'never-ready': Number.POSITIVE_INFINITY,
  exits: Number.POSITIVE_INFINITY,
  'turns-bad': 100,
  completes: 200,
  fails: 200,
};

export const answersAt = ({ view, readyAt, hungSince, behaviour }: Box, now: number): boolean =>
  view.state === 'running' &&
  now >= readyAt &&
  hungSince === undefined &&
  !(behaviour === 'turns-bad' && now >= readyAt + 1_500);

/** The exit code with which it ends by itself; undefined for what runs on. */
export const endsBy = ({ behaviour }: Box): number | undefined =>
  behaviour === 'completes' ? 0 : behaviour === 'fails' ? 1 : undefined;

/** What a health command in a container of the simulator has said by now. */
export function checkedBy({ view, ...box }: Box, ready: boolean, now: number): Health | undefined {
  if (view.state !== 'running' || view.startedAt === undefined) return undefined;
  const turnedBad = box.behaviour === 'turns-bad' ? box.readyAt + 1_500 : box.startedAt;
  return {
    container: view.id,
    startedAt: view.startedAt,
    ready,
    wasReady: now >= box.readyAt,
    heldSince: ready ? box.readyAt : (box.hungSince ?? turnedBad),
    misses: ready ? 0 : 3,
    error: 'it says no',
  };
}
