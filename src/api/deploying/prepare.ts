import type { Plan } from '../../contract/plan.ts';
import { OrcaError } from '../../core/errors.ts';
import type { Awaited } from '../../core/model/deployment.ts';
import type { ResolvedImage } from '../../core/model/revision.ts';
import { needsAdmin } from '../../core/model/schema/needs-admin.ts';
import { parseServices } from '../../core/model/schema/parse-services.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import { mayAct } from '../../core/model/token.ts';
import type { MayDeployTo } from '../../core/names/consent.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Engines } from '../../engine/engines.ts';
import { type Caller, reaches } from '../../identity/authenticate.ts';
import type { State } from '../../store/state.ts';
import { invalid } from '../http/invalid.ts';
import { certificateWarnings, type HttpsServed } from './certificate-warnings.ts';
import { grantWarnings } from './grants.ts';
import type { CheckCertificate } from './own-certificate.ts';
import { referenceOf, type Wish } from './pushed.ts';
import { withSecrets } from './secrets.ts';
import { lookAtVolumes, type SeenVolumes } from './volumes.ts';
import { warningOf } from './warning.ts';

/** A wish that was read, with its image as far as it could be resolved. */
export interface Prepared extends Wish {
  /** All of the request it is part of. */
  readonly request: readonly ServiceSpec[];
  readonly mayDeployTo: MayDeployTo;
  /** Who asks may only look: no registry is asked for him, no secret looked for, and what runs is not compared with his values. */
  readonly looksOnly: boolean;
  readonly image?: ResolvedImage | undefined;
  readonly needsPull: boolean;
  /** Why its registry has not said what the image is now; one of the warnings. */
  readonly imageWarning?: string | undefined;
  /** Those that are made or taken over for it. */
  readonly volumes?: Plan['volumes'] | undefined;
  readonly warnings: readonly string[];
  /** It is an earlier revision, as it was. */
  readonly rollbackOf?: number | undefined;
  /** Nothing is wished but new tasks. */
  readonly restart?: true | undefined;
  /** Other services that it waits for. */
  readonly after?: readonly Awaited[] | undefined;
  /** It is refused before anything is decided. */
  readonly refusal?: OrcaError | undefined;
}

/** Images asked for at once. */
const PARALLEL = 4;

export interface PreparingOptions {
  readonly state: State;
  /** Of the master's own machine: it asks registries. */
  readonly engine: Engine;
  readonly engines: Engines;
  /** Undefined: it was looked at when it was first deployed. */
  readonly checkCertificate?: CheckCertificate | undefined;
  /** The public CA. */
  readonly acme?: HttpsServed | undefined;
}

/** Asks for the images, chooses the versions of secrets, and looks at the volumes. The same way for `deploy` and `plan`. */
export async function prepare(
  { state, engine, engines, checkCertificate, acme }: PreparingOptions,
  wishes: readonly Wish[],
  caller: Caller,
): Promise<readonly Prepared[]> {
  const mayDeployTo: MayDeployTo = (project) => reaches(caller, project);
  const looksOnly = !mayAct(caller.role, 'deployer');
  const request = wishes.map(({ spec }) => spec);
  const look = (spec: ServiceSpec) => lookAtVolumes({ engine, engines, state, mayDeployTo }, spec);
  const grants = (spec: ServiceSpec) => grantWarnings({ state, mayDeployTo }, spec);
  const certificates = async (spec: ServiceSpec) => (acme ? certificateWarnings(state, acme, spec) : []);
  const tools: Tools = { state, resolve: resolver(engine), look, grants, checkCertificate, certificates };
  const prepared: Prepared[] = [];
  for (let at = 0; at < wishes.length; at += PARALLEL) {
    prepared.push(
      ...(await Promise.all(
        wishes
          .slice(at, at + PARALLEL)
          .map((wish) => prepareOne({ ...wish, request, mayDeployTo, looksOnly }, caller, tools)),
      )),
    );
  }
  return prepared;
}

/** @throws OrcaError `invalid` with all issues: nothing of a body with mistakes is deployed */
export function readSpecs(body: unknown): readonly ServiceSpec[] {
  const parsed = parseServices(body);
  if (parsed.ok) return parsed.specs;
  throw invalid(parsed.issues, 'the body', parsed.unlisted);
}

type Resolve = (spec: ServiceSpec) => ReturnType<Engine['resolve']>;

/** Each image is asked for once, however many services run it. */
function resolver(engine: Engine): Resolve {
  const asked = new Map<string, ReturnType<Engine['resolve']>>();
  return (spec) => {
    const image = referenceOf(spec);
    const key = `${spec.pull} ${image}`;
    const answer = asked.get(key) ?? engine.resolve(image, spec.pull);
    asked.set(key, answer);
    return answer;
  };
}

interface Tools {
  readonly state: State;
  readonly resolve: Resolve;
  readonly look: (spec: ServiceSpec) => Promise<SeenVolumes>;
  readonly grants: (spec: ServiceSpec) => Promise<readonly string[]>;
  readonly checkCertificate: CheckCertificate | undefined;
  readonly certificates: (spec: ServiceSpec) => Promise<readonly string[]>;
}

async function prepareOne(
  asked: Omit<Prepared, 'image' | 'needsPull' | 'warnings' | 'refusal'>,
  caller: Caller,
  { state, resolve, look, grants, checkCertificate, certificates }: Tools,
): Promise<Prepared> {
  try {
    requireLeave(asked.spec, caller);
    if (asked.looksOnly) return { ...asked, needsPull: false, warnings: [] };
    const { spec } = await withSecrets(state, asked.spec);
    await checkCertificate?.(spec);
    const { image, warning, needsPull } = await resolve(spec);
    const { volumes, warnings } = await look(spec);
    const imageWarning = warning && warningOf(spec, warning);
    const told = [
      ...(imageWarning === undefined ? [] : [imageWarning]),
      ...warnings,
      ...(await grants(spec)),
      ...(await certificates(spec)),
    ];
    return { ...asked, spec, image, needsPull, volumes, imageWarning, warnings: told };
  } catch (error) {
    if (error instanceof OrcaError) return { ...asked, needsPull: false, warnings: [], refusal: error };
    throw error;
  }
}

/** @throws OrcaError `forbidden` for what the caller may not deploy */
export function requireLeave(spec: ServiceSpec, caller: Caller): void {
  if (!reaches(caller, spec.project)) {
    throw new OrcaError('forbidden', `the token "${caller.name}" may not deploy to the project ${spec.project}`, {
      hint: `it is for ${caller.projects?.join(', ') || 'no project'}`,
    });
  }
  const [reason] = caller.role === 'admin' ? [] : needsAdmin(spec);
  if (reason !== undefined) throw new OrcaError('forbidden', reason, { hint: 'ask an admin to deploy it' });
}
