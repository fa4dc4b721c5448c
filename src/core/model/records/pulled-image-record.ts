import type { PulledImage } from '../pulled-image.ts';
import { type RecordFormat, SAME } from './format.ts';
import { number, object, optional, text } from './shape.ts';

/** Version 0 was never written. */
export const PULLED_IMAGE_RECORD: RecordFormat<PulledImage> = {
  upgrades: [SAME],
  shape: object<PulledImage>({ pinned: text, node: optional(text), at: number }),
};
