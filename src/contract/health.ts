import { z } from 'zod';
import { endpoint } from './endpoint.ts';

export const Health = z.object({ status: z.literal('ok') });

/** 503 with an error body while the store is away. */
export const health = endpoint({
  method: 'GET',
  path: '/api/v1/health',
  access: 'public',
  summary: 'Whether the server can do its work',
  response: Health,
});

export const healthShort = endpoint({ ...health, path: '/health' });

export const healthWord = endpoint({
  ...health,
  path: '/v1/health',
  response: z.object({ status: z.literal('healthy') }),
});

export const live = endpoint({
  ...health,
  path: '/health/live',
  summary: 'Whether the process runs',
});

export const ready = endpoint({
  ...health,
  path: '/health/ready',
  summary: 'Whether the server can do its work, and which master leads',
  response: z.object({ status: z.literal('ok'), leader_id: z.number().int() }),
});
