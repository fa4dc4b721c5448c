import { z } from 'zod';
import { endpoint } from './endpoint.ts';

export const ServiceInfo = z.object({ service: z.literal('orca'), version: z.string() });

export const root = endpoint({
  method: 'GET',
  path: '/',
  access: 'public',
  summary: 'What answers here',
  response: ServiceInfo,
});

export const Version = z.object({ version: z.string(), api: z.literal('v1'), node: z.string() });
export type Version = z.infer<typeof Version>;

export const version = endpoint({
  method: 'GET',
  path: '/api/v1/version',
  access: 'viewer',
  summary: 'Version of the server, of its API and of its runtime',
  response: Version,
});

export const openapi = endpoint({
  method: 'GET',
  path: '/api/v1/openapi.json',
  access: 'viewer',
  summary: 'This API as an OpenAPI 3.1 document',
  response: z.record(z.string(), z.unknown()),
});
