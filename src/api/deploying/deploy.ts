import type { DeployedService, DeployResult } from '../../contract/deploy.ts';
import { PROGRESS_BEAT, type ProgressLine } from '../../contract/progress.ts';
import type { World } from '../../controllers/world.ts';
import { OrcaError } from '../../core/errors.ts';
import { type Deployment, isAtRest } from '../../core/model/deployment.ts';
import { shownImage } from '../../core/model/pushed-image.ts';
import type { OwnPorts } from '../../core/rollout/own-ports.ts';
import type { RouteQuota } from '../../core/rollout/route-quota.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Engines } from '../../engine/engines.ts';
import type { Caller } from '../../identity/authenticate.ts';
import { ifReadable } from '../../store/if-readable.ts';
import type { State } from '../../store/state.ts';
import type { Log } from '../../telemetry/log.ts';
import { errorBodyOf, statusOf } from '../http/error-status.ts';
import { orAfter } from '../observing/beating.ts';
import { readNodeNames } from '../observing/node-names.ts';
import { allDeployments, type Observed, readServices } from '../observing/read-services.ts';
import { readReleases } from '../observing/release-runs.ts';
import { type Admitting, admissionOf, admitAll, beginAdmission, type Manner } from './admitting.ts';
import type { HttpsServed } from './certificate-warnings.ts';
import { createCommit } from './commit.ts';
import { type Admitted, deploymentOf, deployResult, type Serving, serviceOutcome } from './outcome.ts';
import type { CheckCertificate } from './own-certificate.ts';
import { type Prepared, prepare } from './prepare.ts';
import { admittedLine, createNews, type Line } from './progress.ts';
import type { Wish } from './pushed.ts';
import { createStandings } from './wait.ts';

export interface DeployingOptions {
  readonly checkCertificate?: CheckCertificate | undefined;
  readonly state: State;
  /** Of the master's own machine: it asks registries. */
  readonly engine: Engine;
  readonly engines: Engines;
  readonly world: World;
  readonly clock: { now(): number };
  readonly log: Log;
  /** A stream says at least this often that it goes on while wishes are admitted, ms. */
  readonly beat?: number | undefined;
  readonly quota?: RouteQuota | undefined;
  readonly ownPorts?: OwnPorts | undefined;
  readonly apiDomain?: string | undefined;
  readonly acme?: HttpsServed | undefined;
}

export interface Deploying {
  /** Begins to write the wishes down. They happen, whether or not anyone waits. @throws OrcaError `invalid` */
  admit(body: unknown, caller: Caller, manner?: Manner): Admitting;
  /** The same of wishes that no body tells, once they are prepared. */
  begin(prepareAll: () => Promise<readonly Prepared[]>, caller: Caller): Admitting;
  /** Asks for the images of wishes that no request made. */
  prepare(wishes: readonly Wish[], caller: Caller): Promise<readonly Prepared[]>;
  /** Writes down what was prepared. */
  admitPrepared(wishes: readonly Prepared[], caller: Caller): Promise<readonly Admitted[]>;
  /** How they stand now. */
  result(admitted: readonly Admitted[], waited: boolean): Promise<DeployResult>;
  /** Until all have ended. @throws OrcaError `unavailable` */
  wait(admitted: readonly Admitted[], signal: AbortSignal): Promise<void>;
  /** From the beginning until all have ended: what is news, then the result; the result comes whatever happens. */
  follow(admitting: Admitting, following: Following): AsyncGenerator<ProgressLine, void, undefined>;
}

interface Following {
  /** False: until all are admitted. */
  readonly waited: boolean;
  readonly signal: AbortSignal;
  /** For the log. */
  readonly requestId: string;
}

/** What is only seen (containers, probes) is looked at this often, ms. */
const LOOK = 250;
const NOTHING_TO_LOOK_AT = 60_000;

export function createDeploying(options: DeployingOptions): Deploying {
  const { state, engine, engines, checkCertificate, world, clock, log } = options;
  const { quota, ownPorts, apiDomain, acme, beat = PROGRESS_BEAT } = options;
  const commit = createCommit({ state, clock });
  const standings = createStandings(state);
  const reading = { state, world, clock };

  async function observe(
    admitted: readonly Admitted[],
    deployments: readonly Deployment[],
  ): Promise<ReadonlyMap<string, Observed>> {
    const stored = await Promise.all(
      admitted.map(({ spec }) => ifReadable(state.services.get(spec.project, spec.name))),
    );
    const services = stored.flatMap((service) => (service ? [service.value] : []));
    const observed = await readServices(reading, services, deployments);
    return new Map(observed.map((one) => [keyOf(one.sight.service), one]));
  }

  async function servingOf({ sight, report }: Observed): Promise<Serving> {
    const { servingRevision, running } = report;
    if (servingRevision === undefined || running === undefined) return null;
    const { project, name } = sight.service;
    const revision = await ifReadable(state.revisions.get(project, name, servingRevision));
    return { revision: servingRevision, image: revision ? shownImage(revision.value.spec) : 'unknown', ready: running };
  }

  async function outcomeOf(admitted: Admitted, observed: Observed | undefined): Promise<DeployedService> {
    const waitedFor = deploymentOf(admitted);
    const now = waitedFor && ((await state.deployments.get(waitedFor.id))?.value ?? gone(waitedFor));
    const serving = admitted.refusal?.code === 'forbidden' || !observed ? null : await servingOf(observed);
    const release = now && (await readReleases(state, [now]))(now);
    return serviceOutcome(admitted, now, { serving, release, nameOf: await readNodeNames(state) });
  }

  async function result(admitted: readonly Admitted[], waited: boolean): Promise<DeployResult> {
    const seen = await observe(admitted, await allDeployments(state));
    return deployResult(await Promise.all(admitted.map((one) => outcomeOf(one, seen.get(keyOf(one.spec))))), waited);
  }

  async function wait(admitted: readonly Admitted[], signal: AbortSignal): Promise<void> {
    const waiting = standings({ ids: idsOf(admitted), signal, every: NOTHING_TO_LOOK_AT });
    try {
      for await (const { ended } of waiting) if (ended) return;
    } catch (error) {
      throw error instanceof OrcaError ? lostSight(error, admitted) : error;
    }
  }

  async function* follow(admitting: Admitting, { waited, signal, requestId }: Following): AsyncGenerator<ProgressLine> {
    const { admitted } = admitting;
    const failure = yield* admission(admitting);
    for (const one of admitted) yield admittedLine(one, clock.now());
    try {
      if (failure) throw failure.error;
      if (waited) yield* changes(admitted, signal);
      yield { ...(await result(admitted, waited)), type: 'result' };
    } catch (error) {
      if (!(error instanceof OrcaError)) log.error({ err: error, request_id: requestId }, 'a streamed deploy failed');
      yield failed(error, admitted);
    }
  }

  /** A registry may take its time. @returns why not all are admitted */
  async function* admission({ done }: Admitting): AsyncGenerator<Line, { readonly error: unknown } | undefined> {
    const settled = done.then(
      () => ({ failure: undefined }),
      (error: unknown) => ({ failure: { error } }),
    );
    for (;;) {
      const now = await orAfter(settled, beat);
      if (now !== 'late') return now.failure;
      yield { type: 'waiting', at: clock.now(), reason: 'for registries to say what the images are' };
    }
  }

  async function* changes(admitted: readonly Admitted[], signal: AbortSignal): AsyncGenerator<Line> {
    const news = createNews();
    let toldAt = clock.now();
    for await (const { deployments } of standings({ ids: idsOf(admitted), signal, every: LOOK })) {
      const lines = await newsOf(news, deployments, admitted);
      yield* lines;
      if (lines.length > 0) toldAt = clock.now();
      else if (clock.now() - toldAt >= PROGRESS_BEAT) {
        toldAt = clock.now();
        yield { type: 'waiting', at: toldAt, reason: waitingFor(deployments) };
      }
    }
  }

  async function newsOf(
    news: ReturnType<typeof createNews>,
    deployments: readonly Deployment[],
    admitted: readonly Admitted[],
  ): Promise<readonly Line[]> {
    const seen = await observe(admitted, deployments);
    const at = clock.now();
    return deployments.flatMap((deployment) => {
      const observed = seen.get(`${deployment.project}/${deployment.service}`);
      return [...news.ofDeployment(deployment, at), ...(observed ? news.ofTasks(deployment, observed, at) : [])];
    });
  }

  const asking = { state, engine, engines, checkCertificate, acme };
  const admitting = { ...asking, commit, quota, ownPorts, apiDomain, world, clock };

  return {
    admit: (body, caller, manner) => beginAdmission(admitting, body, caller, manner),
    begin: (prepareAll, caller) => admissionOf(admitting, prepareAll, caller),
    prepare: (wishes, caller) => prepare(asking, wishes, caller),
    async admitPrepared(wishes, caller) {
      const admitted: Admitted[] = [];
      await admitAll(admitting, wishes, caller, (one) => admitted.push(one));
      return admitted;
    },
    result,
    wait,
    follow,
  };
}

const keyOf = ({ project, name }: { readonly project: string; readonly name: string }): string => `${project}/${name}`;

const idsOf = (admitted: readonly Admitted[]): ReadonlySet<number> =>
  new Set(admitted.flatMap((one) => deploymentOf(one)?.id ?? []));

/** The last line where there is no outcome: the error as an answer of its status would tell it. */
function failed(error: unknown, admitted: readonly Admitted[]): ProgressLine {
  const told = error instanceof OrcaError ? lostSight(error, admitted) : error;
  const body = errorBodyOf(told);
  return { deployed: [], errors: [body.error], services: [], status: statusOf(told), ...body, type: 'result' };
}

/** Why the outcome is not known, and how to look it up: what was admitted happens whether or not anyone waits. */
function lostSight(error: OrcaError, admitted: readonly Admitted[]): OrcaError {
  const ids = [...idsOf(admitted)];
  if (ids.length === 0) return error;
  const [what, which] =
    ids.length === 1 ? ['deployment', `${ids[0]} goes on`] : ['deployments', `${ids.join(', ')} go on`];
  return new OrcaError(error.code, `${error.message}; ${what} ${which}`, {
    cause: error,
    hint: 'look up how it ends: `orca deployments`, or GET /api/v1/deployments/{id}',
    details: { ...error.details, deployments: ids },
  });
}

/** The service was purged while it was deployed: its records are gone. */
const gone = (deployment: Deployment): Deployment => ({
  ...deployment,
  state: 'failed',
  reason: 'the service was removed while it was deployed',
});

function waitingFor(deployments: readonly Deployment[]): string {
  const running = deployments.find(({ state }) => !isAtRest(state));
  return running ? `${running.service}: ${running.reason}` : 'for the outcome';
}
