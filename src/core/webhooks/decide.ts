import type { DeliveryOutcome, Webhook } from '../model/webhook.ts';
import type { Change, GitEvent } from './event.ts';
import { isSameRepository } from './repository.ts';

/** What a delivery comes to, before anything is looked at but itself. */
export interface Decision {
  readonly outcome: Extract<DeliveryOutcome, 'queued' | 'ignored' | 'ping'>;
  readonly reason: string;
  readonly ref?: string | undefined;
  readonly commit?: string | undefined;
}

/** Whether a webhook acts on an event, or ignores it, and why. */
export function decideDelivery({ repo, branch }: Pick<Webhook, 'repo' | 'branch'>, event: GitEvent): Decision {
  if (event.repo !== undefined && !isSameRepository(event.repo, repo))
    return ignored(`it is about ${clip(event.repo)}, and this webhook is for ${repo}`);
  if (event.kind === 'ping') return { outcome: 'ping', reason: `${repo} reaches orca` };
  if (event.kind === 'other') return ignored(event.why);
  const change = event.changes.findLast(({ kind, name }) => kind === 'branch' && name === branch);
  if (change) return ofBranch(change);
  const [other] = event.changes;
  return other ? { ...ignored(otherRef(other, branch)), ...where(other) } : ignored('nothing was pushed');
}

function ofBranch(change: Change): Decision {
  const { name, commit, message, built } = change;
  if (commit === undefined) return { ...ignored(`the branch ${name} was deleted`), ...where(change) };
  const skipped = skipMark(message);
  if (skipped !== undefined) return { ...ignored(`its commit says ${skipped}`), ...where(change) };
  const reason = `${built ? 'the build of ' : ''}${commit.slice(0, 12)} on ${name}`;
  return { outcome: 'queued', reason, ...where(change) };
}

const otherRef = ({ kind, name }: Change, branch: string): string =>
  kind === 'tag'
    ? `it is about the tag ${clip(name)}, and this webhook deploys the branch ${branch}`
    : `it is about the branch ${clip(name)}, and this webhook deploys ${branch}`;

/** As continuous integration takes them. @see https://docs.github.com/actions/managing-workflow-runs/skipping-workflow-runs */
const skipMark = (message: string): string | undefined =>
  /\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]/i.exec(message)?.[0];

const where = ({ ref, commit }: Change) => ({ ref: clip(ref), commit });
const ignored = (reason: string) => ({ outcome: 'ignored', reason }) as const;
const clip = (text: string): string => (text.length > 200 ? `${text.slice(0, 197)}...` : text);
