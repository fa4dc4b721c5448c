import type { PulledImage } from '../pulled-image.ts';
import { type RecordFormat, SAME } from './format.ts';
import { number, object, text } from './shape.ts';

/** Version 0 was never written. */
export const PULLED_IMAGE_RECORD: RecordFormat<PulledImage> = {
  upgrades: [SAME],
  shape: object<PulledImage>({ pinned: text, at: number }),
};
