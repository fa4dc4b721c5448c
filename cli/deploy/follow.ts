import { isLost } from '../../src/client/faults.ts';
import type { DeployResult } from '../../src/contract/deploy.ts';
import type { ProgressLine } from '../../src/contract/progress.ts';
import type { OrcaError } from '../../src/core/errors.ts';
import { type Known, type Recovery, recover } from './recover.ts';

export interface FollowInput extends Recovery {
  /** Asks for it: the lines of the answer. */
  readonly begin: () => AsyncIterable<ProgressLine>;
  /** The connection is gone; what is known of it is looked up from now on. */
  readonly onLost: (why: string) => void;
}

/**
 * Deploys and waits for the outcome. When the connection is lost or the server stops, the deployments go on, so they are
 * looked up until they have ended.
 * @throws OrcaError `timeout` when the server stays away: the state is unknown
 */
export async function deployAndFollow(input: FollowInput): Promise<DeployResult> {
  const known = new Map<string, Known>();
  try {
    for await (const line of input.begin()) {
      if (line.type === 'result' && !isOutcome(line)) return await lookUp(input, [...known.values()], reasonOf(line));
      await input.onLine(line);
      if (line.type === 'service') known.set(`${line.project}/${line.service}`, line);
      if (line.type === 'result') return line;
    }
  } catch (error) {
    if (!isLost(error)) throw error;
    return await lookUp(input, [...known.values()], (error as OrcaError).message);
  }
  return await lookUp(input, [...known.values()], 'the answer ended without an outcome');
}

/** A server that stops, or loses its store, ends the answer with a result of no service. */
const isOutcome = ({ services, status }: DeployResult): boolean => services.length > 0 || status === 200;

const reasonOf = ({ errors }: DeployResult): string => errors.join('; ') || 'the server gave up waiting';

/** The outcome is told as the stream would have told it: its reader waits for a last line of type `result`. */
async function lookUp(input: FollowInput, known: readonly Known[], why: string): Promise<DeployResult> {
  input.onLost(why);
  const result = await recover(input, known);
  await input.onLine({ type: 'result', ...result });
  return result;
}
