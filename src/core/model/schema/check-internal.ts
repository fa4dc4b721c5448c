import type { SoundKeys } from './checks.ts';
import type { SpecIssue } from './issue.ts';

/** A service is reached by its own project anyway. */
export function checkInternal({ internal, project, name }: SoundKeys): SpecIssue[] {
  if (!Array.isArray(internal) || project === undefined) return [];
  const at = internal.indexOf(project);
  if (at < 0) return [];
  return [
    {
      path: ['internal', at],
      message: `${project} is the project of ${name} itself, whose services reach it anyway`,
      hint: 'name other projects',
    },
  ];
}
