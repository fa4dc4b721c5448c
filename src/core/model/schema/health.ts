import { z } from 'zod';
import { command } from './command.ts';
import { domain } from './domain.ts';
import { duration } from './measures.ts';
import { read, wholeNumber } from './read.ts';
import { probePath } from './route-path.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const HealthMap = z.strictObject({
  path: probePath()
    .optional()
    .describe('Request path of an HTTP probe: passed by a 2xx or 3xx answer. Without it, by a TCP connection.'),
  host: domain()
    .optional()
    .describe(
      'Host that an HTTP probe names, for an app that answers to its own names only; the first domain unless given.',
    ),
  port: wholeNumber(1, 65535).optional().describe("Port of the probe; the service's `port` unless given."),
  interval: duration(100, HOUR)
    .prefault('10s')
    .describe('Time between probes of a ready task. Until ready it is probed more often.'),
  timeout: duration(10, MINUTE).prefault('3s').describe('A probe not answered by then is missed; `1m` at most.'),
  failures: wholeNumber(1, 100)
    .prefault(3)
    .describe('Misses in a row that take a task out of routing; twice as many replace it.'),
  start_period: duration(0, HOUR)
    .prefault('30s')
    .describe(
      'After a restart of its container, misses of a task that is not ready again do not count before this; a new task has `deploy.deadline`.',
    ),
  command: command()
    .optional()
    .describe(
      'A command run in the container in place of a probe over the network, without a shell; passed by exit code 0.',
    ),
});

/** The value of `health`: a path, or a map. */
export const health = () =>
  read(z.union([probePath(), HealthMap], 'expected a path such as /healthz, or a map'), (written) => ({
    value: typeof written === 'string' ? HealthMap.parse({ path: written }) : written,
  }));
