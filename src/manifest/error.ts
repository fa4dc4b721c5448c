import { OrcaError } from '../core/errors.ts';
import { MAX_ISSUES } from '../core/model/schema/issue.ts';

/** One thing wrong in a file, at a place. */
export interface ManifestIssue {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;
  /** Key path, such as `services.web.port`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** A file that is no valid manifest, with all that is wrong in it, in the order of the file. */
export class ManifestError extends OrcaError {
  /** The first of them. */
  readonly issues: readonly ManifestIssue[];
  /** How many there are. */
  readonly total: number;

  /** @param unlisted how many there are beside `issues` */
  constructor(file: string, issues: readonly ManifestIssue[], unlisted = 0) {
    const [first] = issues;
    const total = issues.length + unlisted;
    const told = issues.slice(0, MAX_ISSUES);
    const which = total > told.length ? `, of which these are the first ${told.length}` : '';
    const message = total === 1 && first ? formatIssue(first) : `${file} has ${total} errors${which}`;
    super('invalid', message, { hint: first?.hint, details: { issues: told, total } });
    this.issues = told;
    this.total = total;
  }
}

/** `orca.yml:7:15: services.web.memory: expected ...` */
export function formatIssue({ file, line, column, path, message }: ManifestIssue): string {
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
}

/** All of them as plain text, a hint below its error. */
export function formatIssues(issues: readonly ManifestIssue[]): string {
  return issues
    .map((issue) => `${formatIssue(issue)}\n${issue.hint === undefined ? '' : `    ${issue.hint}\n`}`)
    .join('');
}
