import type { Client } from '../../src/client/client.ts';
import type { RolledService } from '../../src/contract/secrets.ts';
import { deployExit } from '../deploy/outcome.ts';
import { recover } from '../deploy/recover.ts';
import type { ExitCode } from '../exit-codes.ts';
import { failureLines } from '../output/failure.ts';
import { createProgress } from '../output/progress.ts';
import { harmless } from '../output/width.ts';
import type { Session } from '../session.ts';

/** Waits for the deployments that a new version brought, unless nobody waits; what was refused is told. */
export async function awaitRolled(
  session: Session,
  client: Client,
  rolled: readonly RolledService[],
  waited: boolean,
): Promise<ExitCode> {
  const { output } = session;
  const refused = rolled.filter(({ deployment }) => deployment === null);
  for (const { project, service, reason } of refused) {
    output.alert(harmless(`${project}/${service} goes on with the version it has: ${reason}`));
  }
  const begun = rolled.filter(({ deployment }) => deployment !== null);
  const refusals = refused.map(() => ({ state: 'refused', code: null }) as const);
  if (begun.length === 0 || !waited) {
    for (const { project, service, deployment } of begun)
      output.note(`${project}/${service}: deployment ${deployment}`);
    return deployExit(refusals, waited);
  }
  const progress = createProgress(output, session.now);
  try {
    const result = await recover(
      { client, signal: session.interrupted, onLine: (line) => progress.line(line) },
      begun.map((one) => ({ ...one, action: 'replace' })),
    );
    progress.end();
    for (const service of result.services) {
      if (service.state !== 'succeeded') output.alert(...failureLines(service, output.notes));
    }
    return deployExit([...refusals, ...result.services], true);
  } finally {
    progress.end();
  }
}
