import type { World } from '../../controllers/world.ts';
import { OrcaError } from '../../core/errors.ts';
import { inOrder } from '../../core/order/depends-on.ts';
import type { Admission } from '../../core/rollout/admit.ts';
import type { OwnPorts } from '../../core/rollout/own-ports.ts';
import type { RouteQuota } from '../../core/rollout/route-quota.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Engines } from '../../engine/engines.ts';
import type { Caller } from '../../identity/authenticate.ts';
import type { State } from '../../store/state.ts';
import { awaitedOf, type Decided } from './awaiting.ts';
import type { HttpsServed } from './certificate-warnings.ts';
import type { Commit } from './commit.ts';
import { deliveryPlace } from './delivery-place.ts';
import { fileContents } from './file-contents.ts';
import { type Admitted, deploymentOf } from './outcome.ts';
import type { CheckCertificate } from './own-certificate.ts';
import { type Prepared, prepare, readSpecs } from './prepare.ts';
import { withPushedCommits } from './pushed.ts';
import { createStandingReader } from './standing.ts';

/** The wishes of a request on their way into the store. It goes on whether or not anyone waits. */
export interface Admitting {
  /** Those that are decided, in the order of the request, but each after those it depends on; grows until `done`. */
  readonly admitted: readonly Admitted[];
  /** As long as registries take to answer for the images, and then a transaction for each. */
  readonly done: Promise<void>;
}

export interface AdmittingOptions {
  readonly checkCertificate?: CheckCertificate | undefined;
  readonly state: State;
  /** Of the master's own machine: it asks registries. */
  readonly engine: Engine;
  readonly engines: Engines;
  readonly commit: Commit;
  readonly quota: RouteQuota | undefined;
  readonly ownPorts: OwnPorts | undefined;
  readonly apiDomain?: string | undefined;
  readonly acme?: HttpsServed | undefined;
  readonly world: Pick<World, 'candidate'>;
  readonly clock: { now(): number };
}

/** How a request wants its services deployed. */
export interface Manner {
  /** In place of canaries that wait for a user. */
  readonly replace?: boolean | undefined;
}

/** @throws OrcaError `invalid` at once: nothing is waited for to find mistakes */
export function beginAdmission(
  options: AdmittingOptions,
  body: unknown,
  caller: Caller,
  { replace }: Manner = {},
): Admitting {
  const specs = readSpecs(body);
  const contents = fileContents(body);
  const prepareAll = async () => {
    const wishes = await withPushedCommits(options.state, specs);
    return prepare(
      options,
      wishes.map((wish) => ({ ...wish, contents, replace })),
      caller,
    );
  };
  return admissionOf(options, prepareAll, caller);
}

/** Of wishes that no body tells. */
export function admissionOf(
  options: AdmittingOptions,
  prepareAll: () => Promise<readonly Prepared[]>,
  caller: Caller,
): Admitting {
  const admitted: Admitted[] = [];
  const done = prepareAll().then((wishes) => admitAll(options, wishes, caller, (one) => admitted.push(one)));
  done.catch(() => undefined); // told to those who wait for it, if anyone does
  return { admitted, done };
}

/** Wishes whose images were asked for, one after the other, each after those it depends on. */
export async function admitAll(
  options: AdmittingOptions,
  wishes: readonly Prepared[],
  caller: Caller,
  onAdmitted: (one: Admitted) => unknown,
): Promise<void> {
  const readStanding = createStandingReader(
    options.state,
    options.quota,
    options.ownPorts,
    deliveryPlace(options.apiDomain),
    options,
  );
  const decided: Decided[] = [];
  for (const wish of inOrder(wishes, ({ spec }) => spec)) {
    const one = await admitOne(wish, async () => {
      const after = await awaitedOf(options.state, wish, decided);
      return options.commit({ ...wish, after }, caller, readStanding);
    });
    const deployment = deploymentOf(one)?.id;
    decided.push({ spec: wish.spec, isRefused: one.refusal !== undefined, deployment });
    onAdmitted(one);
  }
}

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
