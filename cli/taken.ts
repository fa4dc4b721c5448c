import type { Stopped } from '../src/client/client.ts';
import type { Output } from './output/output.ts';

/** What `stop` and `rm` say. */
export async function showTaken(output: Output, answer: Stopped): Promise<void> {
  if (output.json) await output.emit(answer);
  else await output.print(answer.ok);
}
