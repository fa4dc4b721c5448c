import type { DeployedService, DeployResult } from '../../contract/deploy.ts';
import { PROGRESS_BEAT, type ProgressLine } from '../../contract/progress.ts';
import type { World } from '../../controllers/world.ts';
import { OrcaError } from '../../core/errors.ts';
import { type Deployment, isEnded } from '../../core/model/deployment.ts';
import type { Admission } from '../../core/rollout/admit.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { State } from '../../store/state.ts';
import { bodyOf, statusOf } from '../http/error-status.ts';
import { allDeployments, type Observed, readServices } from '../observing/read-services.ts';
import { createCommit } from './commit.ts';
import { type Admitted, deploymentOf, deployResult, type Serving, serviceOutcome } from './outcome.ts';
import { type Prepared, prepare } from './prepare.ts';
import { admittedLine, createNews, type Line } from './progress.ts';
import { createStandingReader } from './standing.ts';
import { standings } from './wait.ts';

export interface DeployingOptions {
  readonly state: State;
  readonly engine: Engine;
  readonly world: World;
  readonly clock: { now(): number };
}

export interface Deploying {
  /** Writes the wishes down. From here on they happen, whether or not anyone waits. */
  admit(body: unknown, caller: Caller): Promise<readonly Admitted[]>;
  /** How they stand now. */
  result(admitted: readonly Admitted[], waited: boolean): Promise<DeployResult>;
  /** Until all have ended. @throws OrcaError `unavailable` */
  wait(admitted: readonly Admitted[], signal: AbortSignal): Promise<void>;
  /** Until all have ended: what is news, then the result; the result comes whatever happens. */
  follow(admitted: readonly Admitted[], signal: AbortSignal): AsyncGenerator<ProgressLine, void, undefined>;
}

/** What is only seen (containers, probes) is looked at this often, ms. */
const LOOK = 250;
const NOTHING_TO_LOOK_AT = 60_000;

export function createDeploying({ state, engine, world, clock }: DeployingOptions): Deploying {
  const commit = createCommit({ state, clock });
  const reading = { state, world, clock };

  async function admit(body: unknown, caller: Caller): Promise<readonly Admitted[]> {
    const readStanding = createStandingReader(state);
    const admitted: Admitted[] = [];
    for (const wish of await prepare(engine, body, caller)) {
      admitted.push(await admitOne(wish, () => commit(wish, caller, readStanding)));
    }
    return admitted;
  }

  async function observe(
    admitted: readonly Admitted[],
    deployments: readonly Deployment[],
  ): Promise<ReadonlyMap<string, Observed>> {
    const stored = await Promise.all(admitted.map(({ spec }) => state.services.get(spec.project, spec.name)));
    const services = stored.flatMap((service) => (service ? [service.value] : []));
    const observed = await readServices(reading, services, deployments);
    return new Map(observed.map((one) => [keyOf(one.view.service), one]));
  }

  async function servingOf({ view, report }: Observed): Promise<Serving> {
    const { servingRevision, running } = report;
    if (servingRevision === undefined) return null;
    const { project, name } = view.service;
    const revision = await state.revisions.get(project, name, servingRevision);
    return { revision: servingRevision, image: revision?.value.spec.image ?? 'unknown', ready: running };
  }

  async function outcomeOf(admitted: Admitted, observed: Observed | undefined): Promise<DeployedService> {
    const waitedFor = deploymentOf(admitted);
    const now = waitedFor && ((await state.deployments.get(waitedFor.id))?.value ?? gone(waitedFor));
    const serving = admitted.refusal?.code === 'forbidden' || !observed ? null : await servingOf(observed);
    return serviceOutcome(admitted, now, serving);
  }

  async function result(admitted: readonly Admitted[], waited: boolean): Promise<DeployResult> {
    const seen = await observe(admitted, await allDeployments(state));
    return deployResult(await Promise.all(admitted.map((one) => outcomeOf(one, seen.get(keyOf(one.spec))))), waited);
  }

  async function wait(admitted: readonly Admitted[], signal: AbortSignal): Promise<void> {
    const waiting = standings({ state, ids: idsOf(admitted), signal, every: NOTHING_TO_LOOK_AT });
    try {
      for await (const { ended } of waiting) if (ended) return;
    } catch (error) {
      throw error instanceof OrcaError ? lostSight(error, admitted) : error;
    }
  }

  async function* follow(admitted: readonly Admitted[], signal: AbortSignal): AsyncGenerator<ProgressLine> {
    for (const one of admitted) yield admittedLine(one, clock.now());
    try {
      yield* changes(admitted, signal);
      yield { ...(await result(admitted, true)), type: 'result' };
    } catch (error) {
      if (!(error instanceof OrcaError)) throw error;
      const lost = lostSight(error, admitted);
      const rest = { deployed: [], errors: [lost.message], services: [], status: statusOf(lost) };
      yield { ...rest, ...bodyOf(lost), type: 'result' };
    }
  }

  async function* changes(admitted: readonly Admitted[], signal: AbortSignal): AsyncGenerator<Line> {
    const news = createNews();
    let toldAt = clock.now();
    for await (const { deployments } of standings({ state, ids: idsOf(admitted), signal, every: LOOK })) {
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

  return { admit, result, wait, follow };
}

const keyOf = ({ project, name }: { readonly project: string; readonly name: string }): string => `${project}/${name}`;

const idsOf = (admitted: readonly Admitted[]): ReadonlySet<number> =>
  new Set(admitted.flatMap((one) => deploymentOf(one)?.id ?? []));

async function admitOne(wish: Prepared, commit: () => Promise<Admission>): Promise<Admitted> {
  const { spec, warnings, refusal } = wish;
  if (refusal) return { spec, warnings, refusal };
  try {
    return { spec, warnings, admission: await commit() };
  } catch (error) {
    if (error instanceof OrcaError) return { spec, warnings, refusal: error };
    throw error;
  }
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
  const running = deployments.find(({ state }) => !isEnded(state));
  return running ? `${running.service}: ${running.reason}` : 'for the outcome';
}
