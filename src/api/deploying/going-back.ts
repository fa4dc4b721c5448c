import type { Plan } from '../../contract/plan.ts';
import { OrcaError } from '../../core/errors.ts';
import type { ResolvedImage, Revision } from '../../core/model/revision.ts';
import type { Service } from '../../core/model/service.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import { REVISIONS_KEPT } from '../../core/rollout/retain.ts';
import { undoneReleases } from '../../core/rollout/undone.ts';
import { wayBack } from '../../core/rollout/way-back.ts';
import type { Engine } from '../../engine/engine.ts';
import { type Caller, reaches } from '../../identity/authenticate.ts';
import type { State } from '../../store/state.ts';
import { readPast } from '../observing/past.ts';
import { grantWarnings } from './grants.ts';
import { type Prepared, type PreparingOptions, requireLeave } from './prepare.ts';
import { referenceOf } from './pushed.ts';
import { withSecrets } from './secrets.ts';
import { lookAtVolumes } from './volumes.ts';
import { warningOf } from './warning.ts';

/**
 * The revision to go back to.
 *
 * @param to its number; without it the newest one before the running one that succeeded
 * @throws OrcaError `not_found` for one that is not kept; `conflict` where there is none to go back to
 */
export async function revisionBack(state: State, service: Service, to: number | undefined): Promise<Revision> {
  if (service.removing) throw new OrcaError('conflict', `${service.name} is being removed`);
  const past = await readPast(state, service);
  if (to === undefined) {
    const underWay = await rollbackUnderWay(state, service, past.revisions);
    const found = underWay ?? wayBack(past);
    if (found) return found;
    throw new OrcaError('conflict', `${service.name} has no earlier revision that succeeded`, {
      hint: `look at \`orca history ${service.name}\`, and name one with --to`,
    });
  }
  const named = past.revisions.find(({ number }) => number === to);
  if (named) return named;
  throw notKept(service, to);
}

export const notKept = ({ name }: Service, number: number): OrcaError =>
  new OrcaError('not_found', `revision ${number} of ${name} not found`, {
    hint: `the newest ${REVISIONS_KEPT} are kept: \`orca history ${name}\` lists them`,
    details: { service: name, revision: number },
  });

/** Asked for twice, a rollback does not go back twice: it joins the one that runs. */
async function rollbackUnderWay(
  state: State,
  { deployment: id, revision }: Service,
  revisions: readonly Revision[],
): Promise<Revision | undefined> {
  const active = id === undefined ? undefined : (await state.deployments.get(id))?.value;
  if (!active || active.failure || active.to !== revision) return undefined;
  const target = revisions.find(({ number }) => number === revision);
  return target?.rollbackOf === undefined ? undefined : target;
}

/**
 * An earlier revision as a wish: with the image that it ran, which must be there or must be had, and with the versions of its
 * secrets, but for those that were revoked or removed.
 */
export async function prepareBack(
  { state, engine, engines }: PreparingOptions,
  revision: Revision,
  caller: Caller,
): Promise<readonly Prepared[]> {
  const wish: Prepared = { ...asWish(revision, caller), rollbackOf: revision.number };
  try {
    requireLeave(revision.spec, caller);
    const { spec, warnings } = await withSecrets(state, revision.spec, revision.spec.secrets);
    const found = await imageBack(engine, revision);
    const seen = await lookAtVolumes({ engine, engines, state, mayDeployTo: wish.mayDeployTo }, spec);
    const grants = await grantWarnings({ state, mayDeployTo: wish.mayDeployTo }, spec);
    const anew = seen.volumes.flatMap(madeAnew(spec));
    const undone = await notUndone(state, revision);
    const all = [...warnings, ...found.warnings, ...seen.warnings, ...anew, ...undone, ...grants];
    return [{ ...wish, spec, request: [spec], ...found, volumes: seen.volumes, warnings: all }];
  } catch (refusal) {
    if (refusal instanceof OrcaError) return [{ ...wish, refusal }];
    throw refusal;
  }
}

/** What newer revisions did to the data that it comes back to. */
async function notUndone(state: State, revision: Revision): Promise<readonly string[]> {
  const { project, service: name, spec } = revision;
  const service = await state.services.get(project, name);
  const { records } = await state.revisions.listReadable(project, name);
  const revisions = records.map(({ value }) => value);
  const why = service && undoneReleases(revision, service.value.revision, revisions);
  return why === undefined ? [] : [warningOf(spec, why)];
}

/** A revision that ran had its data somewhere. */
const madeAnew =
  (spec: ServiceSpec) =>
  ({ name, action }: Plan['volumes'][number]): readonly string[] =>
    action === 'create' ? [warningOf(spec, `the volume ${name} was removed since: it is made anew, and is empty`)] : [];

/** New tasks of what runs. */
export const prepareRestart = (current: Revision, caller: Caller): readonly Prepared[] => [
  { ...asWish(current, caller), image: current.image, restart: true },
];

const asWish = ({ spec }: Revision, caller: Caller): Prepared => ({
  spec,
  request: [spec],
  mayDeployTo: (project) => reaches(caller, project),
  looksOnly: false,
  needsPull: false,
  warnings: [],
});

type Found = Pick<Prepared, 'image' | 'needsPull' | 'warnings'>;

/** @throws OrcaError `conflict` if neither the engine has the image nor its registry */
async function imageBack(engine: Engine, revision: Revision): Promise<Found> {
  const { spec, image } = revision;
  if (image === undefined) return resolveAnew(engine, revision);
  if (await engine.hasImage(image)) return { image, needsPull: false, warnings: [] };
  const problem = await engine.missing(image);
  if (problem === undefined) return { image, needsPull: true, warnings: [] };
  throw imageGone(revision, image, problem, spec.name);
}

/** It never was known what its image stood for: no deployment of it came as far. */
async function resolveAnew(engine: Engine, { spec }: Revision): Promise<Found> {
  const { image, warning, needsPull } = await engine.resolve(referenceOf(spec), spec.pull);
  return { image, needsPull, warnings: warning === undefined ? [] : [warningOf(spec, warning)] };
}

const imageGone = ({ number }: Revision, { pinned }: ResolvedImage, problem: string, name: string): OrcaError =>
  new OrcaError('conflict', `the image of revision ${number} is not on the engine any more, and ${problem}`, {
    hint: `push ${pinned} again, name another revision with --to (\`orca history ${name}\`), or deploy`,
    details: { revision: number, image: pinned },
  });
