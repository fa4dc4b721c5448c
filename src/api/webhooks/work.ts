import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLoop, every, type Loop } from '../../controllers/loop.ts';
import { OrcaError } from '../../core/errors.ts';
import { shownImage } from '../../core/model/pushed-image.ts';
import type { Delivery, PushedOutcome, Webhook } from '../../core/model/webhook.ts';
import {
  ASK_EVERY,
  type PushedService,
  type PushPlan,
  planPush,
  pushOutcome,
  WAIT_FOR_IMAGE,
} from '../../core/webhooks/act.ts';
import { planQueue } from '../../core/webhooks/queue.ts';
import { type Stored, unchanged } from '../../store/collection.ts';
import { ifReadable } from '../../store/if-readable.ts';
import type { State } from '../../store/state.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Deploying } from '../deploying/deploy.ts';
import { type Admitted, deploymentOf } from '../deploying/outcome.ts';
import type { Prepared } from '../deploying/prepare.ts';
import { callerOf } from './caller.ts';
import { createForgetting } from './forget.ts';

export interface WorkOptions {
  readonly state: State;
  readonly deploying: Pick<Deploying, 'prepare' | 'admitPrepared'>;
  readonly clock: { now(): number };
  readonly log: Log;
}

/** Deploys what was recorded, whoever waits. After a kill it is begun again: what was admitted is joined, or unchanged. */
export interface Work {
  /** A webhook has something new. */
  notice(webhook: string): void;
  /** Until the pass that runs now, or the next one, has ended. */
  passed(webhook: string): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
}

/** Registries that do not answer hold up the webhooks of their lane only. */
const LANES = 4;
const AT_ONCE = 50;
const NOTICE_EVERY = 60_000;
const FORGET_EVERY = 10 * 60_000;
const PASSES_END_WITHIN = 2_000;

export function createWork(options: WorkOptions): Work {
  const { state, clock, log } = options;
  const waiting = new Map<string, Set<() => void>>();
  const forget = createForgetting(state, clock);

  const reconcile = async (webhook: string): Promise<number | undefined> => {
    try {
      return await deployNewest(options, webhook);
    } finally {
      const resolves = waiting.get(webhook) ?? [];
      waiting.delete(webhook);
      for (const resolve of resolves) resolve();
    }
  };
  const onError = (key: string, err: unknown, retryIn: number) =>
    log.warn({ err, webhook: key, retryIn }, 'a delivery could not be deployed yet');
  const lanes = Array.from({ length: LANES }, () => createLoop({ reconcile, onError, clock }));
  const laneOf = (webhook: string): Loop | undefined => lanes[(webhook.codePointAt(0) ?? 0) % LANES];

  /** Not only at the start: the store may have been away then. */
  const noticeAll = async () => {
    try {
      for (const { value } of (await state.webhooks.listReadable()).records) laneOf(value.id)?.notice(value.id);
    } catch (err) {
      log.warn({ err }, 'the webhooks could not be listed');
    }
  };
  const tidy = () => forget().catch((err: unknown) => log.warn({ err }, 'old deliveries could not be forgotten'));

  return {
    notice: (webhook) => laneOf(webhook)?.notice(webhook),
    passed: (webhook) =>
      new Promise((resolve) => {
        const all = waiting.get(webhook) ?? new Set();
        waiting.set(webhook, all.add(resolve));
      }),
    async run(signal) {
      const loops = Promise.all([
        ...lanes.map((lane) => lane.run(signal)),
        every(NOTICE_EVERY, signal, noticeAll),
        every(FORGET_EVERY, signal, tidy),
      ]);
      // Nobody who stops the server waits for a registry: what is queued is on disk.
      await Promise.race([loops, afterAbort(signal)]);
    },
  };
}

async function afterAbort(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
  await sleep(PASSES_END_WITHIN, undefined, { ref: false });
}

/** One pass over the queue of a webhook. @returns when to look again */
async function deployNewest(options: WorkOptions, webhook: string): Promise<number | undefined> {
  const { state, clock } = options;
  const hook = (await ifReadable(state.webhooks.get(webhook)))?.value;
  if (!hook) return undefined;
  const { records } = await state.deliveries.listReadable(webhook);
  const { act, superseded } = planQueue(records.map(({ value }) => value));
  const stored = records.find(({ value }) => value === act);
  if (!act || !stored) return undefined;
  await supersede(
    state,
    records.filter(({ value }) => superseded.includes(value)),
    act,
  );
  const plan = planPush(await servicesOf(state, hook), act);
  const wishes = await options.deploying.prepare(plan.wishes, callerOf(hook));
  const awaited = wishes.find(isAwaited);
  if (awaited && clock.now() < act.queuedAt + WAIT_FOR_IMAGE) {
    await note(state, stored, `waits for the image ${shownImage(awaited.spec)}: ${whyAwaited(awaited)}`);
    return clock.now() + ASK_EVERY;
  }
  return admit(options, { hook, stored, plan, wishes: wishes.map(givenUp) });
}

interface Push {
  readonly hook: Webhook;
  readonly stored: Stored<Delivery>;
  readonly plan: PushPlan;
  readonly wishes: readonly Prepared[];
}

async function admit({ state, clock, deploying }: WorkOptions, { hook, stored, plan, wishes }: Push) {
  const admitted = await deploying.admitPrepared(wishes, callerOf(hook));
  const outcomes = [...(stored.value.done ?? []), ...admitted.map(outcomeOf)];
  const refusals = admitted.flatMap(({ refusal }) => refusal ?? []);
  const waiting = refusals.find(isPassing) ?? refusals.find(isOutdated) ?? refusals.find(isOnTrial);
  if (!waiting) {
    const ended = { ...stored.value, done: undefined, ...pushOutcome(outcomes, plan) };
    await state.store.txn({ compare: [unchanged(stored)], then: [state.deliveries.put(ended)] });
    return undefined;
  }
  const done = outcomes.filter(({ refusal }) => refusal === undefined);
  await note(state, stored, `waits: ${waiting.message}`, done);
  if (isPassing(waiting)) throw waiting;
  return clock.now() + (isOutdated(waiting) ? 0 : ASK_EVERY);
}

const isPassing = ({ code }: OrcaError): boolean => code === 'unavailable';
/** Another was faster. */
const isOutdated = ({ details }: OrcaError): boolean => details?.['outdated'] !== undefined;
/** A user decides about what is on trial, and then it is this one's turn. */
const isOnTrial = ({ details }: OrcaError): boolean => details?.['canary'] === true;

const outcomeOf = (one: Admitted): PushedOutcome => ({
  name: one.spec.name,
  deployment: deploymentOf(one)?.id,
  refusal: one.refusal?.message,
});

/** The registry has not said what the image is now: it may not be built yet. */
const isAwaited = ({ refusal, image, imageWarning }: Prepared): boolean =>
  refusal === undefined && (image === undefined || imageWarning !== undefined);

const whyAwaited = ({ imageWarning = 'it is not there yet' }: Prepared): string => imageWarning;

/** What the registry does not tell for that long is a failure, also where an older image is at hand. */
const givenUp = (wish: Prepared): Prepared =>
  isAwaited(wish) ? { ...wish, refusal: new OrcaError('not_found', `waited 30 minutes: ${whyAwaited(wish)}`) } : wish;

async function note(
  state: State,
  stored: Stored<Delivery>,
  reason: string,
  done: readonly PushedOutcome[] = stored.value.done ?? [],
): Promise<void> {
  if (stored.value.reason === reason && done.length === (stored.value.done ?? []).length) return;
  const deployments = done.flatMap(({ deployment }) => deployment ?? []);
  await state.store.txn({
    compare: [unchanged(stored)],
    then: [state.deliveries.put({ ...stored.value, reason, deployments, done })],
  });
}

async function supersede(state: State, older: readonly Stored<Delivery>[], by: Delivery): Promise<void> {
  for (let at = 0; at < older.length; at += AT_ONCE) {
    const some = older.slice(at, at + AT_ONCE);
    const then = some.map(({ value }) =>
      state.deliveries.put({ ...value, outcome: 'superseded', reason: `delivery ${by.delivery} is newer` }),
    );
    const { succeeded } = await state.store.txn({ compare: some.map(unchanged), then });
    if (!succeeded) throw new OrcaError('unavailable', 'deliveries were changed meanwhile');
  }
}

const servicesOf = (state: State, { project, services }: Webhook): Promise<readonly PushedService[]> =>
  Promise.all(
    services.map(async (name) => {
      const service = (await state.services.get(project, name))?.value;
      const revision = service && (await state.revisions.get(project, name, service.revision));
      return { name, service, spec: revision?.value.spec };
    }),
  );
