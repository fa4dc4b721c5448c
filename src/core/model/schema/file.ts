import { z } from 'zod';
import { command } from './command.ts';
import { envName, envValue } from './env.ts';
import { imageRef } from './image-ref.ts';
import { duration } from './measures.ts';
import { name } from './name.ts';
import { MAX_SERVICES } from './parse-services.ts';
import { oneOf, shown, text, wholeNumber } from './read.ts';
import { ServiceInput } from './service.ts';
import { VolumeInput, volumeNameText } from './volume.ts';

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

const named = <V extends z.ZodType>(value: V, what: string) =>
  z.record(name(), value, `expected a map of ${what} by name`);

/** `orca.yml` as a whole. */
export const ManifestInput = z.strictObject({
  project: name().describe('The namespace of everything in the file.'),
  services: shown(named(ServiceInput, 'services'), { minProperties: 1, maxProperties: MAX_SERVICES }).describe(
    'What runs, by name.',
  ),
  jobs: named(Job, 'jobs').optional().describe('Commands run to their end on a schedule, by name.'),
  volumes: z
    .record(volumeNameText(), VolumeInput.nullable(), 'expected a map of volumes by name')
    .optional()
    .describe(
      "The project's volumes, by name. On the engine each is `<project>_<name>`. orca deletes none unless you name it.",
    ),
});
