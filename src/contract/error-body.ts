import { z } from 'zod';

/** The body of every answer of 400 and above. */
export const ErrorBody = z.object({
  error: z.string().meta({ description: 'one sentence, to be shown as it stands' }),
  code: z.string().meta({ description: 'stable: for programs' }),
  hint: z.string().optional().meta({ description: 'what to do next' }),
  request_id: z
    .string()
    .optional()
    .meta({ description: 'that of the answer, in its X-Request-Id and in the log of the server' }),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type ErrorBody = z.infer<typeof ErrorBody>;
