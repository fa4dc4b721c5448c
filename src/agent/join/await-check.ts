import { setTimeout as delay } from 'node:timers/promises';
import { OrcaError } from '../../core/errors.ts';
import type { AgentState } from '../state.ts';
import { followState } from '../state-socket.ts';

interface Waiting {
  /** Of the agent. */
  readonly socket: string;
  readonly log: string;
  /** ms */
  readonly limit: number;
  /** Why the agent that was started has ended, as a clause; undefined while it runs. */
  readonly ended: () => string | undefined;
  readonly say: (line: string) => void;
}

const LOOK_EVERY = 100;

/**
 * Waits until a master has run and answered a container here. One that could not before has been told of: the next try counts.
 * @throws OrcaError `unavailable` if it could not, or the agent ended, `timeout` where nothing was heard in time
 */
export async function awaitCheck({ socket, log, limit, ended, say }: Waiting): Promise<AgentState> {
  const signal = AbortSignal.timeout(limit);
  let seen: AgentState | undefined;
  let told: string | undefined;
  while (!signal.aborted) {
    for await (const state of followState(socket, signal)) {
      const { up, problem, check } = state;
      if (up && check && check.problem === undefined) return state;
      if (up && !seen?.up) say('the master is connected; it runs a container here');
      if (problem !== undefined && problem !== told) say(`not yet: ${problem}`);
      if (up && check?.problem !== undefined && seen) throw noContainer(check.problem);
      seen = state;
      told = problem ?? told;
    }
    const why = ended();
    if (why !== undefined)
      throw new OrcaError('unavailable', `the agent was started, and ${why}`, { hint: `see ${log}` });
    await delay(LOOK_EVERY);
  }
  throw tooLate(seen, limit, log);
}

const noContainer = (problem: string): OrcaError =>
  new OrcaError('unavailable', `this machine has joined, but no container runs on it: ${problem}`, {
    hint: 'mend that, then run `orca join` again with the same line: it waits for the next try',
  });

function tooLate(seen: AgentState | undefined, limit: number, log: string): OrcaError {
  const why = seen?.up ? 'has not told what came of its container' : 'is not connected';
  const because = seen?.problem === undefined ? '' : `: ${seen.problem}`;
  return new OrcaError('timeout', `this machine has joined, but after ${limit / 1000} s the master ${why}${because}`, {
    hint: `the agent goes on trying; see ${log}, and \`orca node ls\` on the master`,
  });
}
