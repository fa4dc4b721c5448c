import type { PublishedPort, ServiceSpec } from '../model/service-spec.ts';
import { sharedMount, toShareMount } from './mounts.ts';

/** What only one service may have: a path of a domain, a port of a node, a volume that it writes to. */
export interface Claim {
  readonly project: string;
  readonly service: string;
  /** As a sentence names it: `shop.example.com/api`, `port 9000/tcp`, `volume shop_uploads`. */
  readonly what: string;
}

/** The first thing the spec asks for that another of the specs holds. A service is never in its own way. */
export function takenBy(spec: ServiceSpec, others: readonly ServiceSpec[]): Claim | undefined {
  for (const other of others) {
    if (other.project === spec.project && other.name === spec.name) continue;
    const what = sharedRoute(spec, other) ?? exclusiveToTask(spec, other);
    if (what) return { project: other.project, service: other.name, what };
  }
  return undefined;
}

const routesOf = ({ domains, routes }: ServiceSpec): readonly string[] =>
  domains.flatMap((domain) => routes.map(({ path }) => `${domain}${path}`));

function sharedRoute(spec: ServiceSpec, other: ServiceSpec): string | undefined {
  const held = new Set(routesOf(other));
  return routesOf(spec).find((route) => held.has(route));
}

/**
 * What of it not even two tasks of one service can have at the same time: a port of their node, a volume that both write to.
 * Undefined if there is none.
 */
export const exclusiveToTask = (spec: ServiceSpec, other: ServiceSpec): string | undefined =>
  sharedPort(spec, other) ?? sharedMount(spec, other);

/** What keeps two tasks of the spec from running at the same time. */
export const exclusiveIn = (spec: ServiceSpec): string | undefined => exclusiveToTask(spec, spec);

/** The same of a task of the next spec and one of the spec before it; in words if it is neither's any more. */
export const heldBetween = (next: ServiceSpec, before: ServiceSpec | undefined): string =>
  exclusiveToTask(next, before ?? next) ?? exclusiveIn(next) ?? 'what one of them holds';

/** What is wrong with several tasks of the spec that write to the same; undefined if nothing is. Of host ports see there. */
export function tooManyWriters(spec: ServiceSpec, replicas: number): Refused | undefined {
  const what = replicas > 1 ? sharedMount(spec, spec) : undefined;
  if (what === undefined) return undefined;
  return { message: `${replicas} replicas cannot write to the ${what}: only one task may`, hint: toShareMount(what) };
}

interface Refused {
  readonly message: string;
  readonly hint: string | undefined;
}

/** `port 9000/tcp`, if both publish it where only one can. */
function sharedPort(spec: ServiceSpec, other: ServiceSpec): string | undefined {
  const port = spec.ports.find((wanted) => other.ports.some((held) => collide(wanted, held)));
  return port && `port ${port.host}/${port.protocol}`;
}

const isEverywhere = (address: string): boolean => address === '0.0.0.0' || address === '::';

/** Only one of them can be published on a machine. */
export const collide = (a: PublishedPort, b: PublishedPort): boolean =>
  a.host === b.host &&
  a.protocol === b.protocol &&
  (a.address === b.address || isEverywhere(a.address) || isEverywhere(b.address));

/**
 * A host belongs to each project that has a service on it. The first of the spec's hosts that belongs to a project in which
 * its path was not given away by whoever may deploy there; undefined if there is none. What the spec's own project holds
 * already stays its own, whoever else has got a path of that host since.
 *
 * @param holders as they are wanted and as they serve, the service itself and its neighbours among them
 * @param mayDeployTo whether who asks may deploy to a project
 */
export function foreignHost(
  spec: ServiceSpec,
  holders: readonly ServiceSpec[],
  mayDeployTo: (project: string) => boolean,
): string | undefined {
  const strangers = holders.filter(({ project }) => project !== spec.project && !mayDeployTo(project));
  const foreign = new Set(strangers.flatMap(({ domains, routes }) => (routes.length > 0 ? domains : [])));
  const asked = spec.domains.filter((domain) => foreign.has(domain));
  if (asked.length === 0) return undefined;
  const own = new Set(holders.filter(({ project }) => project === spec.project).flatMap(routesOf));
  return asked.find((domain) => spec.routes.some(({ path }) => !own.has(`${domain}${path}`)));
}
