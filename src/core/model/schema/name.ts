import type { Reading } from '../../units.ts';
import { read, shown, text } from './read.ts';

const NAME = /^[a-z][a-z0-9-]{0,62}$/;
const EXPECTED = 'expected a name of a-z, 0-9 and -, beginning with a letter, at most 63 characters';

/** Name of a project, service, job or volume. */
export const name = () => read(shown(text(EXPECTED), { pattern: NAME.source }), parseName);

export function parseName(name: string): Reading<string> {
  if (NAME.test(name)) return { value: name };
  const meant = name.toLowerCase().replaceAll(/[_. ]/g, '-').slice(0, 64);
  return { message: EXPECTED, hint: NAME.test(meant) ? `did you mean ${meant}?` : undefined };
}
