import { OrcaError } from '../../src/core/errors.ts';
import { formatIssues, ManifestError } from '../../src/manifest/error.ts';
import type { Output } from './output.ts';
import { harmless } from './width.ts';
import { count } from './words.ts';

/** An error in words on stderr, what to do next below it; or with --json as one line `{error, code, hint, details}`. */
export function showError(error: OrcaError, output: Output): void {
  const { message, code, hint, details } = error;
  if (output.json) output.alert(JSON.stringify({ error: message, code, hint, details }));
  else if (error instanceof ManifestError) output.alert(...manifestLines(error, output));
  else output.alert(...errorLines(error, output));
}

/** Something that must not happen, with all there is to find it by. */
export function showBug(error: unknown, output: Output): void {
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const hint = 'this is a bug in orca: please report it with the lines above';
  if (output.json) output.alert(JSON.stringify({ error: told, code: 'internal', hint }));
  else output.alert(`${output.notes.bad('error:')} ${told}`, `${output.notes.accent('hint:')} ${hint}`);
}

/** A command line that makes no sense. */
export const usage = (message: string, hint?: string): OrcaError => new OrcaError('malformed', message, { hint });

function manifestLines({ issues, total }: ManifestError, { notes }: Output): string[] {
  const rendered = formatIssues(issues).split('\n').slice(0, -1);
  const which = total > issues.length ? `, of which these are the first ${issues.length}` : '';
  const file = issues[0]?.file ?? 'the manifest';
  return [...rendered, `${notes.bad('error:')} ${file} has ${count(total, 'error')}${which}`];
}

function errorLines({ message, hint, details }: OrcaError, { notes }: Output): string[] {
  return [
    ...toldIssues(details?.['issues']).filter((line) => !message.endsWith(line)),
    `${notes.bad('error:')} ${message.split('\n').map(harmless).join('\n')}`,
    ...(hint ? [`${notes.accent('hint:')} ${harmless(hint)}`] : []),
  ];
}

/** A server tells what is wrong in a body as `details.issues`, each with its path. One that is the whole message is told once. */
function toldIssues(issues: unknown): string[] {
  if (!Array.isArray(issues)) return [];
  return issues.flatMap((issue: unknown) => {
    if (typeof issue !== 'object' || issue === null || !('message' in issue)) return [];
    const path =
      'path' in issue && Array.isArray(issue.path) ? issue.path.join('.') : 'path' in issue ? String(issue.path) : '';
    return [harmless(`${path === '' ? '' : `${path}: `}${issue.message}`)];
  });
}
