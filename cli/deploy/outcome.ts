import type { DeployedService } from '../../src/contract/deploy.ts';
import type { ErrorCode } from '../../src/core/errors.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../exit-codes.ts';

type Outcome = Pick<DeployedService, 'state' | 'code'> & Partial<Pick<DeployedService, 'action' | 'serving'>>;

/** Of several services the gravest counts: something is broken, then unknown, then failed but served as before. */
const GRAVEST_FIRST: readonly ExitCode[] = [
  EXIT.degraded,
  EXIT.unknown,
  EXIT.rolledBack,
  EXIT.conflict,
  EXIT.unplaceable,
  EXIT.notAllowed,
  EXIT.invalid,
  EXIT.failed,
];

/**
 * The exit code of a deploy.
 * @param waited false for `--detach`: then a deployment that is under way is what was asked for
 * @param short something that was left alone does not serve
 */
export function deployExit(services: readonly Outcome[], waited: boolean, short = false): ExitCode {
  const codes = new Set(services.map((service) => exitOf(service, waited)));
  if (short) codes.add(EXIT.degraded);
  return GRAVEST_FIRST.find((code) => codes.has(code)) ?? EXIT.done;
}

/** Whether the service is not as the file wants it, and will not be by itself. */
export const isFailure = (service: Outcome, waited: boolean): boolean => exitOf(service, waited) !== EXIT.done;

function exitOf({ state, code, action, serving }: Outcome, waited: boolean): ExitCode {
  switch (state) {
    case 'succeeded':
    case 'unchanged':
    case 'paused':
      return EXIT.done;
    case 'rolled-back':
      // It is what was asked for; a conflict: somebody else asked for it.
      if (action === 'revert' && code === null) return EXIT.done;
      return code === 'conflict' ? EXIT.conflict : EXIT.rolledBack;
    case 'failed':
      // Nothing was wrong with it: somebody stopped or removed the service meanwhile.
      return code === 'conflict' ? EXIT.conflict : EXIT.degraded;
    case 'skipped':
      // Nothing of it was changed: what served before serves.
      return serving ? EXIT.rolledBack : EXIT.degraded;
    case 'superseded':
      return EXIT.conflict;
    case 'refused':
      return code === null ? EXIT.failed : refusalExit(code);
    case 'pending':
    case 'running':
      return waited ? EXIT.unknown : EXIT.done;
  }
}

/** A refused service was not touched: never `degraded`. A newer server may have codes this client does not know. */
function refusalExit(code: string): ExitCode {
  const exit: ExitCode | undefined = exitCodeOf(code as ErrorCode);
  return exit === undefined || exit === EXIT.degraded ? EXIT.failed : exit;
}
