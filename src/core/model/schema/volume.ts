import { z } from 'zod';
import type { Reading } from '../../units.ts';
import { LOCAL_DRIVER, type VolumeSpec } from '../volume.ts';
import { flag, looseText, read, shown, text } from './read.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
const NAME_EXPECTED = "expected a volume's name of A-Z, a-z, 0-9, _, . and -, at most 63 characters";

/** Name of a volume, as Docker Compose takes them: what was made by it keeps its name. */
export const volumeNameText = () =>
  read(
    shown(text(NAME_EXPECTED), { pattern: NAME.source }),
    (written): Reading<string> => (isVolumeName(written) ? { value: written } : { message: NAME_EXPECTED }),
  );

export const isVolumeName = (written: string): boolean => NAME.test(written);

const OWNER = /^(\d{1,10}):(\d{1,10})$/;
const OWNER_EXPECTED = 'expected a user and a group by number, such as "1000:1000"';
/** (uid_t) -1 means nobody in chown(2). */
const MAX_ID = 2 ** 32 - 2;

const owner = () =>
  read(shown(looseText(OWNER_EXPECTED), { pattern: OWNER.source }), (written): Reading<string> => {
    const ids = OWNER.exec(written)?.slice(1).map(Number);
    if (ids?.every((id) => id <= MAX_ID)) return { value: ids.join(':') };
    return {
      message: OWNER_EXPECTED,
      hint: /^\d+$/.test(written) ? `did you mean "${written}:${written}"?` : undefined,
    };
  });

const MODE = /^[0-7]{3,4}$/;
const MODE_EXPECTED = 'expected an octal mode such as "0750"';

const mode = () =>
  read(
    shown(looseText(MODE_EXPECTED), { pattern: MODE.source }),
    (written): Reading<string> =>
      MODE.test(written) ? { value: written.padStart(4, '0') } : { message: MODE_EXPECTED },
  );

/** Every mount of a volume holds a copy. */
const MAX_OPTIONS = 4096;

const DRIVER_EXPECTED = 'expected the name of a volume driver, such as local';
const DRIVER = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,254}$/;

/** A volume of a project, as users write it. */
export const VolumeInput = z.strictObject({
  driver: read(
    shown(text(DRIVER_EXPECTED), { pattern: DRIVER.source }),
    (written): Reading<string> => (DRIVER.test(written) ? { value: written } : { message: DRIVER_EXPECTED }),
  )
    .prefault(LOCAL_DRIVER)
    .describe('Docker volume driver. Any but `local` needs an admin.'),
  driver_opts: z
    .record(text('expected an option', 255), looseText('expected text'), 'expected a map of options')
    .refine(
      (options) => JSON.stringify(options).length <= MAX_OPTIONS,
      `expected options of ${MAX_OPTIONS} characters at most`,
    )
    .prefault({})
    .describe('Its options. They need an admin, as they can name any path of the machine.'),
  shared: flag()
    .prefault(false)
    .describe(
      'Several tasks may write to it at once. Unless it is, a service that writes to it has one task, which stops before its successor starts.',
    ),
  owner: owner()
    .optional()
    .describe('User and group of its root directory by number, `"1000:1000"`; set once, when orca makes the volume.'),
  mode: mode().optional().describe('Permissions of its root directory, octal; set once, with `owner`.'),
});

export const toVolumeSpec = (name: string, input: z.output<typeof VolumeInput>): VolumeSpec => ({
  name,
  driver: input.driver,
  driverOpts: input.driver_opts,
  shared: input.shared,
  ...(input.owner !== undefined && { owner: input.owner }),
  ...(input.mode !== undefined && { mode: input.mode }),
});
