import type { Client } from '../../src/client/client.ts';
import type { Status } from '../../src/contract/status.ts';
import { OrcaError } from '../../src/core/errors.ts';
import type { Session } from '../session.ts';

/** Only for the summary: the outcome is known without it. */
export async function statusNow({ interrupted }: Session, client: Client): Promise<Status | undefined> {
  try {
    return await client.status();
  } catch (error) {
    interrupted.throwIfAborted();
    if (error instanceof OrcaError) return undefined;
    throw error;
  }
}
