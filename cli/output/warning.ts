import type { Style } from './style.ts';
import { harmless } from './width.ts';

/** The server's warnings in its own words: they name the service that they are about. */
export const warningLines = (warnings: readonly string[], style: Style): string[] =>
  warnings.map((warning) => `${style.warn('warning:')} ${harmless(warning)}`);
