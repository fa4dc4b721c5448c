import type { ErrorCode } from '../core/errors.ts';
import { type Endpoint, parametersOf, takesBody } from './endpoint.ts';

/** Of a bug: no `OrcaError`, so it is no `ErrorCode`. */
export const INTERNAL = 'internal';

/** The codes with which a request that is HTTP may be refused here; `internal`, which is a bug anywhere, left out. */
export function errorsOf(endpoint: Endpoint): ReadonlySet<ErrorCode> {
  const { access, identifies, errors, path } = endpoint;
  const asksWho = access !== 'public' || identifies;
  return new Set<ErrorCode>([
    // By the head alone: no Host, or one or an Origin that is not allowed; a parameter that is not known; the server stops.
    ...(['malformed', 'forbidden', 'invalid', 'unavailable'] as const),
    ...(asksWho ? (['unauthorized', 'too_many'] as const) : []),
    ...(takesBody(endpoint) || access === 'signature' ? (['too_large'] as const) : []),
    ...(parametersOf(path).length > 0 ? (['not_found'] as const) : []),
    // Several projects may have a service of the name.
    ...(path.includes('/services/{name}') ? (['conflict'] as const) : []),
    ...errors,
  ]);
}
