import type { Check } from './check.ts';

const OUTCOME_WIDTH = 'untested'.length;

/** A line a check, and what to change below it. */
export function showChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const indent = ' '.repeat(2 + OUTCOME_WIDTH + 2 + width + 2);
  return checks
    .map(({ name, outcome, found, hint }) => {
      const line = `  ${outcome.padEnd(OUTCOME_WIDTH)}  ${name.padEnd(width)}  ${found}\n`;
      return hint === undefined ? line : `${line}${indent}${hint}\n`;
    })
    .join('');
}
