import type { KnownVolume } from '../known-volume.ts';
import { type RecordFormat, SAME } from './format.ts';
import { mark, number, object, optional, text, word } from './shape.ts';

/** Version 0 was never written. */
export const KNOWN_VOLUME_RECORD: RecordFormat<KnownVolume> = {
  upgrades: [SAME],
  shape: object<KnownVolume>({
    project: text,
    name: text,
    node: text,
    state: word('making', 'ready'),
    adopted: mark,
    owner: optional(text),
    mode: optional(text),
    at: number,
  }),
};
