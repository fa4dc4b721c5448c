import type { DeployedService } from '../../src/contract/deploy.ts';
import type { Style } from './style.ts';
import { harmless } from './width.ts';

/** Of each canary that waits for a user: where it stands, and what to type next. */
export const pausedLines = (services: readonly DeployedService[], style: Style): string[] =>
  services
    .filter(({ state }) => state === 'paused')
    .flatMap(({ name, reason, hint }) => [
      `${style.strong(name)} ${harmless(reason)}`,
      ...(hint === null ? [] : [`  ${style.accent('next:')} ${harmless(hint)}`]),
    ]);
