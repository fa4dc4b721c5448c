import type { Stopped } from '../src/client/client.ts';
import type { Output } from './output/output.ts';
import { list } from './output/words.ts';

/** What `stop` and `rm` say: the server has written it down, and the tasks go in their time. */
export async function showTaken(output: Output, answer: Stopped): Promise<void> {
  if (output.json) return output.emit(answer);
  const { stopped, removed } = answer;
  if (removed.length > 0) return output.print(`removing ${list(removed)}`);
  return output.print(stopped.length > 0 ? `stopping ${list(stopped)}` : 'nothing to stop');
}
