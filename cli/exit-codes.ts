import type { ErrorCode } from '../src/core/errors.ts';

/** What the CLI's exit says to scripts. The one table: `docs/cli.md` prints it, a test holds them together. */
export const EXIT = {
  done: 0,
  failed: 1,
  changes: 2,
  invalid: 3,
  unplaceable: 4,
  rolledBack: 5,
  degraded: 6,
  unknown: 7,
  conflict: 8,
  notAllowed: 9,
  notRun: 125,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_MEANING: Readonly<Record<ExitCode, string>> = {
  0: 'done, and serving',
  1: 'wrong usage, or it could not be done and nothing was changed (of several: but what it names)',
  2: '`plan --exit-code` found changes',
  3: 'the manifest is not valid',
  4: 'no node can take it',
  5: 'the deployment failed and was rolled back: the old revision serves',
  6: 'the deployment failed and was not rolled back: degraded',
  7: 'timed out, or the connection or the output was lost: the state is unknown',
  8: 'conflict: already so, or someone else changed it',
  9: 'not allowed: no credential, a wrong one, or not its role',
  125: '`exec` and `run`: the exit code of the command is not known, as it could not be started or the connection was lost',
  130: 'interrupted; what was begun on the server goes on',
};

const BY_ERROR = {
  malformed: EXIT.failed,
  unauthorized: EXIT.notAllowed,
  forbidden: EXIT.notAllowed,
  not_found: EXIT.failed,
  conflict: EXIT.conflict,
  too_large: EXIT.invalid,
  invalid: EXIT.invalid,
  deploy_failed: EXIT.degraded,
  unplaceable: EXIT.unplaceable,
  // the server limits nothing but wrong credentials
  too_many: EXIT.notAllowed,
  not_yet_supported: EXIT.invalid,
  unavailable: EXIT.failed,
  timeout: EXIT.unknown,
} as const satisfies Record<ErrorCode, ExitCode>;

/** Of a service that was refused: what is not valid, or not supported, is its manifest. */
export const exitCodeOf = (code: ErrorCode): ExitCode => BY_ERROR[code];

/** Of an error that ends a verb. Only a verb that reads a manifest can find one that is not valid. */
export function exitOfError(code: ErrorCode, readsManifest: boolean): ExitCode {
  const exit = exitCodeOf(code);
  const ofManifest = readsManifest && code !== 'not_yet_supported';
  return exit === EXIT.invalid && !ofManifest ? EXIT.failed : exit;
}
