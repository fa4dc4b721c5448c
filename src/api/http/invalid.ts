import { OrcaError } from '../../core/errors.ts';
import { formatPath, MAX_ISSUES, type SpecIssue } from '../../core/model/schema/issue.ts';

/**
 * A refusal of what is wrong in several places: the first in the sentence, the first hundred under `details.issues`.
 *
 * @param whole what is meant where an issue has no path
 * @param unlisted how many there are beside `issues`
 */
export function invalid(issues: readonly SpecIssue[], whole: string, unlisted = 0): OrcaError {
  const total = issues.length + unlisted;
  const more = total > 1 ? ` (and ${total - 1} more)` : '';
  return new OrcaError('invalid', `${sentenceOf(issues, whole)}${more}`, {
    hint: issues[0]?.hint,
    details: {
      total,
      issues: issues.slice(0, MAX_ISSUES).map(({ path, message, hint }) => ({
        path: formatPath(path),
        message,
        ...(hint && { hint }),
      })),
    },
  });
}

/** A refusal that says all in its sentence, so that whoever shows both does not say it twice. */
export const invalidAlone = (issue: SpecIssue, whole: string): OrcaError =>
  new OrcaError('invalid', sentenceOf([issue], whole), { hint: issue.hint });

const sentenceOf = ([first]: readonly SpecIssue[], whole: string): string =>
  `${first && first.path.length > 0 ? formatPath(first.path) : whole}: ${first?.message ?? 'not valid'}`;
