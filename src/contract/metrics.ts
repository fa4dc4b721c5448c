import { z } from 'zod';
import { endpoint } from './endpoint.ts';

/** Public, and tells more to a token. */
export const metrics = endpoint({
  method: 'GET',
  path: '/metrics',
  access: 'public',
  identifies: true,
  summary: 'Metrics for Prometheus: sums of the cluster; with a token, by service and revision',
  response: z.string(),
  produces: 'text',
});
