import { OrcaError } from '../../core/errors.ts';
import type { ClusterValue } from '../../core/model/cluster-value.ts';
import type { Revision } from '../../core/model/revision.ts';
import type { Admission } from '../../core/rollout/admit.ts';
import { outlived } from '../../core/rollout/retain.ts';
import type { Caller } from '../../identity/authenticate.ts';
import { unchanged } from '../../store/collection.ts';
import type { Compare, Op } from '../../store/contract.ts';
import type { State } from '../../store/state.ts';
import { storeContents } from './file-contents.ts';
import type { Prepared } from './prepare.ts';
import { requireSecrets } from './secrets.ts';
import { decide, type ReadStanding, type Standing } from './standing.ts';

/** Revisions forgotten in one transaction, at most. */
const FORGOTTEN_AT_ONCE = 20;
const TRIES = 5;

export interface CommitOptions {
  readonly state: State;
  readonly clock: { now(): number };
}

/** @throws OrcaError `conflict`, `unplaceable`, `unavailable` */
export type Commit = (wish: Prepared, caller: Caller, readStanding: ReadStanding) => Promise<Admission>;

/**
 * Writes wishes down, each in a transaction of its own: the service, its revision, its deployment. Every one takes the
 * cluster's next deployment number, so that no two are decided on the same standing; here they take turns, so that
 * they need not try twice.
 */
export function createCommit({ state, clock }: CommitOptions): Commit {
  let last: Promise<unknown> = Promise.resolve();

  async function attempt(wish: Prepared, caller: Caller, readStanding: ReadStanding): Promise<Admission> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const standing = await readStanding(wish.spec);
      const admission = decide(standing, wish, { now: clock.now(), by: caller.name });
      if (admission.action === 'none' || admission.action === 'join') return admission;
      await requireSecrets(state, wish.spec);
      await storeContents(state, wish.spec, wish.contents ?? new Map());
      const { succeeded } = await state.store.txn(write(state, standing, admission, caller, clock.now()));
      if (succeeded) return admission;
    }
    throw new OrcaError('conflict', `${wish.spec.name} was changed by others ${TRIES} times while it was admitted`, {
      hint: 'try again',
    });
  }

  return (wish, caller, readStanding) => {
    const turn = last.then(() => attempt(wish, caller, readStanding));
    last = turn.catch(() => undefined);
    return turn;
  };
}

type Rollout = Exclude<Admission, { readonly action: 'none' | 'join' }>;

function write(state: State, standing: Standing, admission: Rollout, caller: Caller, now: number) {
  const { service, revision, deployment, superseded } = admission;
  const isNew = !standing.revisions.some(({ number }) => number === revision.number);
  const counter: ClusterValue = { name: 'deployment', number: deployment.id };
  const compare: Compare[] = [
    standing.counter ? unchanged(standing.counter) : state.cluster.absent(counter),
    ...(standing.service ? state.services.unchanged(standing.service) : [state.services.absent(service)]),
    ...(isNew ? [state.revisions.absent(revision)] : []),
    ...(superseded && standing.active ? [unchanged(standing.active)] : []),
    ...(revision.spec.secrets || revision.spec.files ? [noneRemoved(state, standing)] : []),
  ];
  const then: Op[] = [
    state.cluster.put(counter),
    ...(isNew ? [state.revisions.put(revision)] : []),
    state.deployments.put(deployment),
    state.services.putWish(service, standing.service),
    ...(superseded ? [state.deployments.put(superseded)] : []),
    ...(isNew ? forgotten(state, standing, revision) : []),
    ...events(state, admission, caller, now),
  ];
  return { compare, then };
}

/** No version of a secret and no content of a file was taken away since it was looked for. */
const noneRemoved = (state: State, { removals }: Standing): Compare =>
  removals ? unchanged(removals) : state.cluster.absent({ name: 'removals' });

const forgotten = (state: State, { revisions, neededRevisions }: Standing, next: Revision): readonly Op[] =>
  outlived([...revisions, next], neededRevisions)
    .slice(0, FORGOTTEN_AT_ONCE)
    .map((revision) => state.revisions.remove(revision));

function events(state: State, { deployment, superseded, reason }: Rollout, caller: Caller, now: number): readonly Op[] {
  const { project, service } = deployment;
  const about = { kind: 'deployment', at: now, project, service } as const;
  const by = `by ${caller.name}`;
  return [
    state.event({ ...about, name: String(deployment.id), to: deployment.state, reason: `${reason} (${by})` }),
    ...(superseded
      ? [
          state.event({
            ...about,
            name: String(superseded.id),
            to: superseded.state,
            reason: `${superseded.reason} (${by})`,
          }),
        ]
      : []),
  ];
}
