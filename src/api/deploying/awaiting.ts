import { OrcaError } from '../../core/errors.ts';
import type { Awaited } from '../../core/model/deployment.ts';
import { neverCompletes } from '../../core/model/schema/check-order.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import { cycleFrom, cycleText, dependenciesOf } from '../../core/order/depends-on.ts';
import { ifReadable } from '../../store/if-readable.ts';
import type { State } from '../../store/state.ts';
import type { Prepared } from './prepare.ts';

/** A service of the same request that was decided before. */
export interface Decided {
  readonly spec: ServiceSpec;
  /** It was refused, or skipped. */
  readonly isRefused: boolean;
  /** That brings it there; undefined if nothing is to be done for it. */
  readonly deployment?: number | undefined;
}

interface Standing {
  readonly spec: ServiceSpec;
  readonly paused: boolean;
}

/** Nothing of a service is changed, as one that it depends on was not deployed. */
export class Skipped extends OrcaError {}

/**
 * What a wish waits for. An earlier revision that is gone back to waits for what of it is still there; new tasks of what runs
 * wait for nothing.
 *
 * @throws OrcaError `invalid`, `conflict`, Skipped
 */
export async function awaitedOf(
  state: State,
  wish: Prepared,
  decided: readonly Decided[],
): Promise<readonly Awaited[]> {
  const { spec, request, rollbackOf, restart } = wish;
  if (!spec.dependsOn || restart) return [];
  const standing = createReader(state, spec.project, request);
  if (rollbackOf === undefined) await requireNoCycle(spec, standing);
  const awaited: Awaited[] = [];
  for (const [service, until] of Object.entries(spec.dependsOn)) {
    const here = decided.find(({ spec: { project, name } }) => project === spec.project && name === service);
    const other = await standing(service);
    if (rollbackOf !== undefined && (!other || other.paused)) continue;
    if (here?.isRefused) throw skipped(spec, service);
    if (!other) throw unknown(spec, service);
    if (!here && other.paused) throw stopped(spec, service);
    if (until === 'completed' && other.spec.restart === 'always') throw endless(service);
    awaited.push({ service, until, ...(here?.deployment !== undefined && { deployment: here.deployment }) });
  }
  return awaited;
}

type Read = (name: string) => Promise<Standing | undefined>;

/** As the request wishes it, else as it stands; one that is being removed is not there. */
function createReader(state: State, project: string, request: readonly ServiceSpec[]): Read {
  return async (name) => {
    const wished = request.find((spec) => spec.project === project && spec.name === name);
    if (wished) return { spec: wished, paused: false };
    const service = (await ifReadable(state.services.get(project, name)))?.value;
    if (!service || service.removing) return undefined;
    const revision = await ifReadable(state.revisions.get(project, name, service.revision));
    return revision && { spec: revision.value.spec, paused: service.paused };
  };
}

async function requireNoCycle(spec: ServiceSpec, read: Read): Promise<void> {
  const known = new Map<string, readonly string[]>();
  const queue = [spec.name];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (known.has(name)) continue;
    const names = dependenciesOf((await read(name))?.spec ?? {});
    known.set(name, names);
    queue.push(...names);
  }
  const cycle = cycleFrom(spec.name, (name) => known.get(name) ?? []);
  if (!cycle) return;
  throw new OrcaError('invalid', `these services depend on each other: ${cycleText(cycle)}`, {
    hint: 'take one of them out of `depends_on`',
    details: { cycle },
  });
}

const skipped = ({ name }: ServiceSpec, other: string): OrcaError =>
  new Skipped('deploy_failed', `${name} depends on ${other}, which was not deployed`, {
    hint: `mend ${other}, then deploy both`,
    details: { service: name, depends_on: other },
  });

const unknown = ({ name, project }: ServiceSpec, other: string): OrcaError =>
  new OrcaError('invalid', `${name} depends on ${other}, and there is no service ${other} in ${project}`, {
    hint: `deploy ${other} too, or take it out of \`depends_on\``,
    details: { service: name, depends_on: other },
  });

const stopped = ({ name }: ServiceSpec, other: string): OrcaError =>
  new OrcaError('conflict', `${name} depends on ${other}, and ${other} is stopped`, {
    hint: `start it: \`orca start ${other}\`; or deploy both`,
    details: { service: name, depends_on: other },
  });

const endless = (other: string): OrcaError =>
  new OrcaError('invalid', neverCompletes(other), { hint: `write \`restart: on-failure\` or \`never\` in ${other}` });
