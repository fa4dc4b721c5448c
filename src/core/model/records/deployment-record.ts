import {
  type Awaited,
  type Canary,
  type CutOver,
  DEPLOYMENT_STATES,
  type Deployment,
  type DeploymentRelease,
  type Failure,
  RELEASE_ENDS,
  type ReleaseEnd,
  type Revert,
  STRATEGIES,
  UNTIL,
} from '../deployment.ts';
import type { PullProgress } from '../pull-progress.ts';
import { type RecordFormat, SAME } from './format.ts';
import { CANARY_BY } from './service-spec-shape.ts';
import { list, mark, number, object, optional, text, word } from './shape.ts';

const failure = object<Failure>({
  reason: text,
  task: optional(text),
  slot: optional(number),
  node: optional(text),
  exitCode: optional(number),
  log: list(text),
  failedRequests: number,
  at: number,
});

const canary = object<Canary>({
  step: number,
  of: number,
  weight: number,
  by: CANARY_BY,
  name: optional(text),
  at: number,
  reachedAt: optional(number),
});

const releaseEnd = object<ReleaseEnd>({ state: word(...RELEASE_ENDS), exitCode: optional(number), reason: text });

export const DEPLOYMENT_RECORD: RecordFormat<Deployment> = {
  upgrades: [SAME],
  shape: object<Deployment>({
    id: number,
    project: text,
    service: text,
    from: optional(number),
    to: number,
    before: optional(object<NonNullable<Deployment['before']>>({ replicas: number, scaledFrom: optional(number) })),
    state: word(...DEPLOYMENT_STATES),
    strategy: word(...STRATEGIES),
    restart: mark,
    failure: optional(failure),
    canary: optional(canary),
    revert: optional(object<Revert>({ at: number, by: text })),
    cutOver: optional(object<CutOver>({ hash: text, at: number, done: mark })),
    switchedAt: optional(number),
    endsFrom: optional(number),
    endsSince: optional(number),
    after: optional(list(object<Awaited>({ service: text, until: word(...UNTIL), deployment: optional(number) }))),
    begunAt: optional(number),
    wasStopped: mark,
    release: optional(object<DeploymentRelease>({ end: optional(releaseEnd) })),
    reason: text,
    pulling: optional(object<PullProgress>({ done: number, total: optional(number) })),
    supersededBy: optional(number),
    startedAt: number,
    endedAt: optional(number),
  }),
};
