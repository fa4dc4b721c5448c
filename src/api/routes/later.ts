import { z } from 'zod';
import { endpoint, parametersOf } from '../../contract/endpoint.ts';
import { LATER, type Later } from '../../contract/later.ts';
import { OrcaError } from '../../core/errors.ts';
import { type Route, route } from '../route.ts';

/** Endpoints of later releases: whoever may call them is told so. */
export const laterRoutes = (): readonly Route[] => LATER.map(laterRoute);

function laterRoute({ method, path, access }: Later): Route {
  const params = z.object(Object.fromEntries(parametersOf(path).map((name) => [name, z.string()])));
  const known = endpoint({
    method,
    path,
    access,
    summary: 'Not yet supported',
    params,
    body: z.unknown(),
    response: z.unknown(),
    errors: ['not_yet_supported'],
  });
  return route(known, () => {
    throw new OrcaError('not_yet_supported', `${method} ${path} is not yet supported`);
  });
}
