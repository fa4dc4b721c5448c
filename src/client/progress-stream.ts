import type { ProgressLine } from '../contract/progress.ts';
import { answerError } from './faults.ts';

/**
 * The lines of a streamed deploy.
 *
 * @throws OrcaError where the last line is an error and no service was told of: its head went out before anything was
 * decided, so this is what the status would have said
 */
export async function* readProgress(
  lines: AsyncIterable<string>,
  api: string,
): AsyncGenerator<ProgressLine, void, undefined> {
  let told = false;
  for await (const text of lines) {
    if (text === '') continue;
    const line = JSON.parse(text) as ProgressLine;
    if (line.type === 'service') told = true;
    const refused = line.type === 'result' && line.services.length === 0 && line.code !== undefined;
    if (refused && !told) throw answerError(api, line.status, text);
    yield line;
  }
}
