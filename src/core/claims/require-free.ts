import { OrcaError } from '../errors.ts';
import type { ServiceSpec } from '../model/service-spec.ts';
import { volumeName } from '../model/volume.ts';
import { type Claim, foreignHost, takenBy } from './claim.ts';
import { declaredOtherwise, toShareMount } from './mounts.ts';

/** The specs by which other services claim what only one may have, by how long they will. */
export interface Claims {
  /** As it is to be: for good. */
  readonly wanted: readonly ServiceSpec[];
  /** As it serves, where that is to change: until the deployment has succeeded. */
  readonly serving: readonly ServiceSpec[];
  /** As tasks of neither still run; they have no domain any more, but a host port and volumes until they have ended. */
  readonly stopping: readonly ServiceSpec[];
}

export interface Asked {
  readonly spec: ServiceSpec;
  /** All of the request it is part of. */
  readonly request: readonly ServiceSpec[];
  /** What the service itself holds now. */
  readonly own: readonly ServiceSpec[];
  /** Whether who asks may deploy to a project. */
  readonly mayDeployTo: (project: string) => boolean;
}

/** @throws OrcaError `conflict`, with the way to what is asked for */
export function requireFree(asked: Asked, claims: Claims): void {
  const holders = [...asked.own, ...claims.wanted, ...claims.serving];
  const foreign = foreignHost(asked.spec, holders, asked.mayDeployTo);
  if (foreign !== undefined) throw foreignRefusal(foreign);
  requireOneDeclaration(asked, claims.wanted);
  const wanted = takenBy(asked.spec, claims.wanted);
  if (wanted) throw refusal(asked, wanted, wayTo(asked, wanted, claims));
  const serving = takenBy(asked.spec, claims.serving);
  if (serving) throw refusal(asked, serving, LEAVES);
  const stopping = takenBy(asked.spec, claims.stopping);
  if (stopping) throw refusal(asked, stopping, STOPS);
}

const foreignRefusal = (host: string): OrcaError =>
  new OrcaError('conflict', `${host} belongs to another project`, {
    hint: 'choose another domain; a path of it is given by a token that may deploy to both projects',
    details: { taken: host },
  });

/** Those of the same request are declared with it. */
function requireOneDeclaration({ spec, request }: Asked, wanted: readonly ServiceSpec[]): void {
  const isAsked = ({ project, name }: ServiceSpec) =>
    request.some((one) => one.project === project && one.name === name);
  const other = declaredOtherwise(
    spec,
    wanted.filter((one) => !isAsked(one)),
  );
  if (!other) return;
  throw new OrcaError('conflict', `the service ${other.service} declares the volume ${other.volume.name} otherwise`, {
    hint: 'give it the same driver, driver_opts, owner and mode, or deploy both services together',
    details: { volume: volumeName(spec.project, other.volume) },
  });
}

interface Way {
  readonly until: string;
  readonly hint: string;
}

const STAYS: Way = { until: 'already', hint: 'choose another domain, path or port, or remove the other service first' };
const LEAVES: Way = { until: 'until that is deployed without it', hint: 'deploy again once that has succeeded' };
const STOPS: Way = { until: 'until its old task has stopped', hint: 'it is stopping: try again in a moment' };

/** The holder may give it up in the same request; not at once, if it waits in turn for something that is claims. */
function wayTo({ spec, request, own }: Asked, { project, service, what }: Claim, { wanted }: Claims): Way {
  const next = request.find((other) => other.project === project && other.name === service);
  if (!next) return { ...STAYS, hint: toTakeOver(what, service) ?? STAYS.hint };
  if (takenBy(spec, [next])) return { ...STAYS, hint: toShareMount(what) ?? STAYS.hint };
  if (!takenBy(next, [...wanted, ...own])) return LEAVES;
  return {
    ...LEAVES,
    hint: `take turns: deploy ${service} without it, then ${spec.name}, then ${service} as it is here`,
  };
}

/** A service that was given another name, say: what it has is left by the old one. */
function toTakeOver(what: string, service: string): string | undefined {
  const share = toShareMount(what);
  return share && `${share}; to take the place of ${service}, remove ${service} first: the data stay`;
}

function refusal({ spec }: Asked, claim: Claim, { until, hint }: Way): OrcaError {
  const owner = claim.project === spec.project ? `the service ${claim.service}` : 'a service of another project';
  return new OrcaError('conflict', `${claim.what} belongs to ${owner} ${until}`, {
    hint,
    details: { taken: claim.what },
  });
}
