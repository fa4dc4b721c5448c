import { z } from 'zod';
import { command } from './command.ts';
import { envName, envValue } from './env.ts';
import { imageRef } from './image-ref.ts';
import { duration } from './measures.ts';
import { name } from './name.ts';
import { MAX_SERVICES } from './parse-services.ts';
import { flag, oneOf, shown, text, wholeNumber } from './read.ts';
import { ServiceInput } from './service.ts';

const DAY = 86_400_000;

const Job = z.strictObject({
  image: imageRef().describe('The image to run.'),
  command: command().optional().describe("Replaces the image's command."),
  env: z.record(envName(), envValue()).optional().describe('Environment variables.'),
  schedule: text('expected five fields, such as "0 3 * * *"').describe(
    'When it runs: minute, hour, day, month, weekday.',
  ),
  timezone: text('expected a time zone such as Europe/Rome').optional().describe('Time zone of the schedule.'),
  timeout: duration(1000, 30 * DAY)
    .optional()
    .describe('A run longer than this is stopped.'),
  retries: wholeNumber(0, 100).optional().describe('How often a failed run is repeated.'),
  overlap: oneOf(['skip', 'queue', 'replace']).optional().describe('What happens when the last run still goes on.'),
});

const Volume = z.strictObject({
  driver: text('expected the name of a volume driver').optional().describe('Docker volume driver.'),
  driver_opts: z.record(z.string(), z.string()).optional().describe('Its options; they need an admin.'),
  shared: flag().optional().describe('Several tasks may write to it at once.'),
});

const named = <V extends z.ZodType>(value: V, what: string) =>
  z.record(name(), value, `expected a map of ${what} by name`);

/** `orca.yml` as a whole. */
export const ManifestInput = z.strictObject({
  project: name().describe('The namespace of everything in the file.'),
  services: shown(named(ServiceInput, 'services'), { minProperties: 1, maxProperties: MAX_SERVICES }).describe(
    'What runs, by name.',
  ),
  jobs: named(Job, 'jobs').optional().describe('Commands run to their end on a schedule, by name.'),
  volumes: named(Volume, 'volumes').optional().describe("The project's volumes, by name."),
});
