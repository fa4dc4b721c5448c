import { Misfits, type Path } from './misfits.ts';
import { type Place, SETTINGS, type Setting, type SettingKey, type SettingValue } from './settings.ts';

/** Gives the text of a setting and where it stands, e.g. `--api` or `/etc/orca/server.yml:3:6: api`. */
export type Source = (key: SettingKey) => Given | undefined;

export interface Given {
  readonly text: string;
  readonly place: string;
  /** Of what lies within it, where it is more than a word. */
  readonly placeWithin?: ((path: Path) => string) | undefined;
}

interface Resolving {
  /** The first that knows a setting wins. */
  readonly sources: readonly Source[];
  readonly place: Place;
  /** Filled with what is wrong; a setting that is wrong reads as its default. */
  readonly problems: string[];
}

/** Reads one setting. `data`: the data folder, for settings whose default lies in it. */
export type Reader = <K extends SettingKey>(key: K, data?: string) => SettingValue<K>;

export const reader =
  ({ sources, place, problems }: Resolving): Reader =>
  <K extends SettingKey>(key: K, data?: string): SettingValue<K> => {
    const setting = SETTINGS[key] as Setting<SettingValue<K>>;
    const standard = standardOf(setting, data === undefined ? place : { ...place, data });
    const given = firstOf(sources, key);
    if (given === undefined) return setting.type.parse(standard);
    if (setting.later && given.text !== standard) problems.push(`${given.place}: not yet supported`);
    try {
      return setting.type.parse(given.text);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      problems.push(...toldOf(error, given));
      return setting.type.parse(standard);
    }
  };

/** What was found is told of a word alone: within more there may be a key. */
const toldOf = (error: RangeError, { text, place, placeWithin }: Given): readonly string[] =>
  error instanceof Misfits
    ? error.list.map(({ path, message }) => `${placeWithin?.(path) ?? place}: ${message}`)
    : [`${place}: ${error.message}, found "${text}"`];

export const standardOf = (setting: Setting, place: Place): string =>
  typeof setting.standard === 'string' ? setting.standard : setting.standard(place);

const firstOf = (sources: readonly Source[], key: SettingKey): ReturnType<Source> => {
  for (const source of sources) {
    const given = source(key);
    if (given !== undefined) return given;
  }
  return undefined;
};
