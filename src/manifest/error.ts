import { OrcaError } from '../core/errors.ts';

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
  readonly issues: readonly ManifestIssue[];

  constructor(file: string, issues: readonly ManifestIssue[], cause?: unknown) {
    const [first] = issues;
    const message = issues.length === 1 && first ? formatIssue(first) : `${file} has ${issues.length} errors`;
    super('invalid', message, { cause, hint: first?.hint, details: { issues } });
    this.issues = issues;
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
