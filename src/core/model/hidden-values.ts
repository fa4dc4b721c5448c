import { secretReferences } from '../secrets/references.ts';
import type { ServiceSpec } from './service-spec.ts';

/** Whether the value at a key of a diff may be a secret: it is told to those alone who may deploy there. */
export const isHidden = (path: string): boolean =>
  ['command', 'entrypoint', 'health.command', 'release'].includes(path) || /^(env|labels|files)\./.test(path);

/**
 * The wish of one who may not see such values: where the service has one already it stands in place of what was asked for.
 * Whatever is decided on it says nothing of whether a guess was right.
 */
export function withoutGuesses(wish: ServiceSpec, current: ServiceSpec | undefined): ServiceSpec {
  if (!current) return wish;
  const env = knownOf(wish.env, current.env);
  return {
    ...wish,
    env,
    ...filesOf(wish.files, current.files),
    ...pinsOf({ env, ...filesOf(wish.files, current.files) }, current),
    labels: knownOf(wish.labels, current.labels),
    command: wish.command && (current.command ?? wish.command),
    release: wish.release && (current.release ?? wish.release),
    entrypoint: wish.entrypoint && (current.entrypoint ?? wish.entrypoint),
    health: wish.health && {
      ...wish.health,
      command: wish.health.command && (current.health?.command ?? wish.health.command),
    },
  };
}

/** Whether there is a secret of a name, and how new it is, is not told either. */
function pinsOf(wish: Pick<ServiceSpec, 'env' | 'files'>, { secrets = {} }: ServiceSpec): Pick<ServiceSpec, 'secrets'> {
  const keys = new Set(secretReferences(wish).map(({ key }) => key));
  const pins = Object.entries(secrets).filter(([key]) => keys.has(key));
  return pins.length > 0 ? { secrets: Object.fromEntries(pins) } : {};
}

/** A file at a target that has one already says nothing of what is in it. */
function filesOf(wished: ServiceSpec['files'], current: ServiceSpec['files']): Pick<ServiceSpec, 'files'> {
  const known = new Map(current?.map((file) => [file.target, file]));
  return wished ? { files: wished.map((file) => known.get(file.target) ?? file) } : {};
}

type Values = Readonly<Record<string, string>>;

const knownOf = (wished: Values, current: Values): Values =>
  Object.fromEntries(
    Object.entries(wished).map(([name, value]) => [name, Object.hasOwn(current, name) ? (current[name] ?? '') : value]),
  );
