import { parseName } from '../core/model/schema/name.ts';
import { decode, MAX_MANIFEST } from './decode.ts';
import { readRegularFile } from './read-regular-file.ts';
import { parseSyntax } from './syntax.ts';

/** The project that a manifest names, whatever else is wrong in it; undefined if it names none, or cannot be read. */
export function projectIn(file: string): string | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readRegularFile(file, MAX_MANIFEST);
  } catch {
    return undefined;
  }
  const { text, problem } = decode(bytes);
  const { document } = problem ? { document: undefined } : parseSyntax(text);
  const reading = parseName(String(document?.get('project') ?? ''));
  return 'value' in reading ? reading.value : undefined;
}
