import type { ReleaseBody } from '../../src/contract/deployments.ts';
import { harmless } from './width.ts';

/** What became of a release command, in a line. */
export function releaseLine({ state, reason }: ReleaseBody): string {
  switch (state) {
    case 'succeeded':
      return 'release command: ran to its end, exit code 0';
    case 'failed':
      return `release command: ran and failed: ${harmless(reason)}`;
    case 'never-began':
      return `release command: did not run: ${harmless(reason)}`;
    default:
      return `release command: ${harmless(reason)}`;
  }
}
