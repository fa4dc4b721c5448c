import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { Count, Instant, Name } from './names.ts';

/** The `data` of an event. `id` is the store's revision, `event` one of the kinds, or `reset` after a gap. */
export const EventData = z.object({
  at: Instant,
  project: z.string().nullable(),
  name: z.string(),
  service: z.string().nullable(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  reason: z.string(),
});
export type EventData = z.infer<typeof EventData>;

/** `Last-Event-ID` (or `?after=`) resumes; without it, the stream begins now. */
export const events = endpoint({
  method: 'GET',
  path: '/api/v1/events',
  access: 'viewer',
  summary: 'The decision log, as it is written',
  query: z.strictObject({
    project: Name.optional(),
    service: Name.optional(),
    after: Count(Number.MAX_SAFE_INTEGER).optional(),
  }),
  response: z.string(),
  produces: 'sse',
});
