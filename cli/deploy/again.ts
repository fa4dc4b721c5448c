import type { Client } from '../../src/client/client.ts';
import type { DeployResult } from '../../src/contract/deploy.ts';
import type { ProgressLine } from '../../src/contract/progress.ts';
import type { ExitCode } from '../exit-codes.ts';
import { failureLines } from '../output/failure.ts';
import { pausedLines } from '../output/paused.ts';
import { summaryLines } from '../output/summary.ts';
import { warningLines } from '../output/warning.ts';
import { harmless } from '../output/width.ts';
import type { Session } from '../session.ts';
import { deployExit, isFailure } from './outcome.ts';
import { statusNow } from './status-now.ts';
import { watchDeploy } from './watch.ts';

export interface Again {
  readonly client: Client;
  readonly begin: () => AsyncIterable<ProgressLine>;
  readonly detached: () => Promise<DeployResult>;
  readonly detach: boolean | undefined;
}

/** Deploys what was deployed before, and tells it as `deploy` does. */
export async function deployAgain(session: Session, { client, begin, detached, detach }: Again): Promise<ExitCode> {
  const waited = !detach;
  const result = waited ? await watchDeploy(session, client, begin) : await detached();
  await report(session, client, result, waited);
  return deployExit(result.services, waited);
}

async function report(session: Session, client: Client, result: DeployResult, waited: boolean): Promise<void> {
  const { output } = session;
  const { services } = result;
  if (output.json) return output.emit({ type: 'result', ...result });
  if (!waited) output.note(...services.flatMap(({ warnings }) => warningLines(warnings, output.notes)));
  for (const one of services.filter((service) => isFailure(service, waited)))
    output.alert(...failureLines(one, output.notes));
  const { style, width } = output;
  await output.print(...summaryLines(services, await statusNow(session, client), { style, width, waited }));
  output.note(...pausedLines(services, output.notes));
  output.note(...services.filter(({ state }) => state === 'unchanged').map(({ reason }) => harmless(reason)));
}
