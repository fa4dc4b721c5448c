import { OrcaError } from '../../core/errors.ts';
import type { JoinLine } from '../../core/nodes/join-line.ts';
import { type JoinGreeting, WIRE_PROTOCOL } from '../../core/nodes/wire.ts';
import { type Check, failed, ok, untested } from './check.ts';
import { judgeClock } from './clock.ts';
import { checkDocker } from './docker.ts';
import { checkMachine } from './machine.ts';
import { checkPacketSize } from './packet-size.ts';
import { checkReach } from './reach.ts';

export interface PreflightOptions {
  readonly line: JoinLine;
  /** The data folder. */
  readonly data: string;
  readonly dockerSocket: string;
  readonly root: boolean;
  /** Lets the master of the line greet, and says nothing. Rejects with an OrcaError if it is another, or cannot be reached. */
  readonly greet: (line: JoinLine) => Promise<Greeted>;
}

export interface Greeted {
  readonly greeting: JoinGreeting;
  /** From the dial to the greeting, ms. */
  readonly took: number;
}

/** All that a node needs, in the order in which it is told. Nothing is changed, and the line is not used up. */
export async function preflight(options: PreflightOptions): Promise<readonly Check[]> {
  const { line, data, dockerSocket, root } = options;
  const [machine, reach, docker] = await Promise.all([
    checkMachine(data, root),
    checkReach(line),
    checkDocker(dockerSocket),
  ]);
  if (reach.address === undefined) {
    const nobody = ['TLS', 'clock', 'packet size'].map((name) => untested(name, 'the master cannot be reached'));
    return [machine, ...reach.checks, ...nobody, ...docker];
  }
  const [tls, size] = await Promise.all([checkGreeting(options), checkPacketSize(reach.address)]);
  return [machine, ...reach.checks, ...tls, size, ...docker];
}

/** Who the master is, which version it speaks, and its clock. */
async function checkGreeting({ line, greet }: PreflightOptions): Promise<readonly Check[]> {
  try {
    const { greeting, took } = await greet(line);
    const { protocol, version, now } = greeting;
    const after = Date.now();
    const clock = judgeClock({ before: after - took, after, master: now });
    if (protocol === WIRE_PROTOCOL) return [ok('TLS', `it is the master of this line; it runs orca ${version}`), clock];
    const older = protocol < WIRE_PROTOCOL ? 'the master' : 'this machine';
    return [
      failed('TLS', `${older} runs a version of orca that is too old for the other`, `the master runs orca ${version}`),
      clock,
    ];
  } catch (error) {
    if (!(error instanceof OrcaError)) throw error;
    return [failed('TLS', error.message, error.hint), untested('clock', 'the master says nothing')];
  }
}
