import type { Access, Method } from './endpoint.ts';

/** An endpoint that a later release brings: it answers 501 `not_yet_supported`, behind its role. */
export interface Later {
  readonly method: Method;
  readonly path: string;
  readonly access: Access;
}

const later = (access: Access, ...lines: readonly `${Method} /${string}`[]): readonly Later[] =>
  lines.map((line) => {
    const [method = '', path = ''] = line.split(' ');
    return { method: method as Method, path, access };
  });

/** Those that authenticate in a way of their own (a signature, a node's key, OAuth) are for admins until they exist. */
export const LATER: readonly Later[] = [
  ...later(
    'viewer',
    'GET /api/v1/services/{name}/why',
    'GET /api/v1/builds/{id}',
    'GET /api/v1/artifacts/{id}/download',
    'GET /artifacts/{sha256}/{name}',
    'GET /api/jobs',
    'GET /api/v1/me',
    'GET /api/v1/organizations',
    'GET /api/v1/organizations/{id}',
    'GET /api/v1/organizations/{id}/members',
    'GET /api/v1/clusters',
    'GET /api/v1/clusters/{id}',
  ),
  ...later(
    'deployer',
    'POST /api/v1/scheduler/wake',
    'POST /api/v1/artifacts/{id}/upload',
    'POST /api/v1/builds',
    'POST /api/jobs',
    'DELETE /api/jobs/{id}',
  ),
  ...later('admin', 'GET /v1/internal/images', 'GET /v1/internal/images/{digest}'),
];
