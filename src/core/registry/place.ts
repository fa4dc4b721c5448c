import type { Reading } from '../units.ts';

/** Where an account of a registry counts: `registry.example.com:5000`, or with a path, `registry.example.com/team-a`. */
export type RegistryPlace = string;

/** What images without a host are from. */
export const DOCKER_HUB = 'docker.io';

const HUB_NAMES = new Set(['index.docker.io', 'registry-1.docker.io']);
const HOST =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[a-f0-9:]+\])(?::[0-9]{1,5})?$/;
const PART = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const EXPECTED = 'expected a registry such as registry.example.com, registry.example.com/team-a or docker.io';

/** As people write it: a scheme and a last slash are taken off. */
export function readPlace(text: string): Reading<RegistryPlace> {
  const [host = '', ...path] = text
    .replace(/^https?:\/\//, '')
    .replace(/\/(?:v[12]\/?)?$/, '')
    .split('/');
  const lower = host.toLowerCase();
  if (text.length > 255 || !HOST.test(lower) || !path.every((part) => PART.test(part))) return { message: EXPECTED };
  if (!isHost(lower)) return { message: EXPECTED, hint: `a name without a dot or a port is Docker Hub's` };
  return { value: [HUB_NAMES.has(lower) ? DOCKER_HUB : lower, ...path].join('/') };
}

/** The registry that an image comes from. @param repository `nginx`, `acme/shop`, `registry.example.com:5000/shop` */
export const registryOf = (repository: string): string => hostOf(repository) ?? DOCKER_HUB;

/** Undefined for Docker Hub's. The rule is that of github.com/distribution/reference. */
export function hostOf(repository: string): string | undefined {
  const end = repository.indexOf('/');
  const first = repository.slice(0, Math.max(0, end));
  return isHost(first) ? first.toLowerCase() : undefined;
}

/** The one of the places that counts for an image: the longest whose path it lies in. */
export function placeFor(repository: string, places: readonly RegistryPlace[]): RegistryPlace | undefined {
  const whole = fullName(repository);
  const fitting = places.filter((place) => whole.startsWith(`${place}/`));
  return fitting.toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1))[0];
}

/** With the host, as one name: `docker.io/library/nginx`. */
export function fullName(repository: string): string {
  const host = hostOf(repository);
  if (host !== undefined) return `${host}${repository.slice(host.length)}`;
  return `${DOCKER_HUB}/${repository.includes('/') ? '' : 'library/'}${repository}`;
}

const isHost = (first: string): boolean => /[.:]/.test(first) || first.toLowerCase() === 'localhost' || hasUpper(first);
const hasUpper = (text: string): boolean => text !== text.toLowerCase();
