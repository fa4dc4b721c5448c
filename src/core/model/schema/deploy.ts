import { z } from 'zod';
import type { Reading } from '../../units.ts';
import { duration, percent } from './measures.ts';
import { flag, oneOf, read, shown, text, wholeNumber } from './read.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** RFC 9110 section 5.6.2: what a cookie's name is made of. */
const TOKEN = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$";
const named = (pattern: string, expected: string) =>
  shown(text(expected, 100).regex(new RegExp(pattern), expected), { pattern });

/** The ingress takes a header with another character for no header. */
const HEADER = '^[A-Za-z0-9-]+$';
/** These end at the ingress, or are said anew there: no request would be divided by them. */
const ENDS_THERE =
  /^(?:host|content-length|transfer-encoding|connection|upgrade|expect|keep-alive|te|trailer|proxy|proxy-connection|proxy-authorization|http2-settings|forwarded|x-real-ip|x-request-id|x-forwarded-.*)$/i;

const Named = read(
  shown(
    z.strictObject({
      header: named(HEADER, 'expected the name of a header of letters, digits and `-`, such as X-User')
        .refine(
          (name) => !ENDS_THERE.test(name),
          'the ingress says this header itself: name one of the app, such as X-User',
        )
        .optional()
        .describe('Name of a request header: the same value always gets the same revision.'),
      cookie: named(TOKEN, 'expected the name of a cookie')
        .optional()
        .describe('Name of a cookie: the same value always gets the same revision.'),
    }),
    { minProperties: 1, maxProperties: 1 },
  ),
  ({ header, cookie }): Reading<{ header?: string; cookie?: string }> => {
    if (header !== undefined && cookie === undefined) return { value: { header } };
    if (cookie !== undefined && header === undefined) return { value: { cookie } };
    return { message: 'expected either `header` or `cookie`' };
  },
);

const MAX_STEPS = 20;
const STEPS = `expected a list of 1 to ${MAX_STEPS} percentages such as [5, 25, 50]`;

const Canary = z.strictObject({
  steps: shown(z.array(wholeNumber(1, 99), STEPS).min(1, STEPS).max(MAX_STEPS, STEPS), { minItems: 1 })
    .optional()
    .describe(
      'Percentages of the requests that the new revision gets, one after the other, rising. `[5, 25, 50]` unless given.',
    ),
  by: z
    .union([oneOf(['client', 'request']), Named], 'expected client, request, {header: NAME} or {cookie: NAME}')
    .optional()
    .describe(
      'What decides who gets the new revision: `client` (the default) the address, `request` each request for itself, `{header: NAME}` or `{cookie: NAME}` its value.',
    ),
  interval: duration(1000, DAY).optional().describe('How long each step is watched.'),
  auto: flag().optional().describe('Promote or revert by the numbers, without waiting for `orca promote`.'),
  max_error_rate: percent().optional().describe('Errors beyond this share revert.'),
  max_latency_ratio: z
    .number('expected a number such as 1.5')
    .positive('expected a number above 0')
    .optional()
    .describe('Latency beyond this multiple of the old revision reverts.'),
});

/** The value of `deploy`: how a version is replaced. */
export const Deploy = z.strictObject({
  strategy: oneOf(['rolling', 'blue-green', 'canary']).prefault('rolling').describe('How a version is replaced.'),
  parallelism: wholeNumber(1, 1000)
    .prefault(1)
    .describe('How many slots at a time have a new task that is not ready yet.'),
  canary: Canary.optional().describe('How strategy canary divides the requests.'),
  min_ready: duration(0, HOUR)
    .prefault('0s')
    .describe('A task counts once it has been ready this long without a miss.'),
  monitor: duration(0, DAY)
    .prefault('5s')
    .describe('The new set must hold this long after the last switch before the last old tasks go.'),
  keep: duration(0, DAY)
    .optional()
    .describe('How long strategy blue-green keeps the old set, ready to be switched back to. 10m unless given.'),
  deadline: duration(1000, DAY)
    .prefault('5m')
    .describe(
      'A task that is not ready by then has failed. Without a `port` a task is ready once it has run for 5 s: more than that.',
    ),
  rollback: flag().prefault(true).describe('On failure go back to the revision that served.'),
});
