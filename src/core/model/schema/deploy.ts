import { z } from 'zod';
import { duration, percent } from './measures.ts';
import { flag, oneOf, wholeNumber } from './read.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const Canary = z.strictObject({
  steps: z
    .array(wholeNumber(1, 99), 'expected a list of shares of traffic, such as [5, 25, 50]')
    .optional()
    .describe('Shares of traffic, in percent, that the new revision is given one after the other.'),
  by: oneOf(['client', 'request'])
    .optional()
    .describe('Who is sent to the new revision: a share of clients, or of requests.'),
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
  canary: Canary.optional().describe('The steps of strategy canary.'),
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
