import type { Client } from '../../src/client/client.ts';
import type { DeployResult } from '../../src/contract/deploy.ts';
import type { ProgressLine } from '../../src/contract/progress.ts';
import { createProgress } from '../output/progress.ts';
import { list } from '../output/words.ts';
import type { Session } from '../session.ts';
import { deployAndFollow } from './follow.ts';

/** Shows the progress of what deploys, until its outcome; that is left to be shown. */
export async function watchDeploy(
  session: Session,
  client: Client,
  begin: () => AsyncIterable<ProgressLine>,
): Promise<DeployResult> {
  const { output, interrupted } = session;
  const progress = createProgress(output, session.now);
  const begun = new Map<number, string>();
  try {
    return await deployAndFollow({
      client,
      begin,
      signal: interrupted,
      onLine: async (line) => {
        if (line.type === 'service' && line.deployment !== null) begun.set(line.deployment, line.service);
        // The result is the last line, after what follows the deploy.
        if (output.json && line.type !== 'result') await output.emit(line);
        else progress.line(line);
      },
      onLost: (why) => output.alert(`${output.notes.warn('warning:')} ${why}; looking the deployments up`),
    });
  } catch (error) {
    progress.end();
    if (interrupted.aborted) output.alert(...interruptedLines(begun));
    throw error;
  } finally {
    progress.end();
  }
}

/** Ctrl-C ends the waiting, not the deployment. */
function interruptedLines(begun: ReadonlyMap<number, string>): string[] {
  const names = [...begun].map(([id, service]) => `deployment ${id} of ${service}`);
  const what = names.length === 0 ? 'what the server has begun' : list(names);
  return [`interrupted: ${what} goes on on the server`, 'follow it with: orca status, orca deployments, orca events'];
}
