/** An image that orca pulled, with all that decides whether it stays. */
export interface ImageFacts {
  /** `name@sha256:...` */
  readonly pinned: string;
  /** `project/service` of those that keep it; undefined while that cannot be known. */
  readonly neededBy: readonly string[] | undefined;
  /** On the engine; undefined: it is gone. */
  readonly found?: { readonly tags: readonly string[]; readonly usedBy: readonly string[] } | undefined;
}

/** A container of the cluster. */
export interface ContainerFacts {
  /** As Docker calls it: `running`, `exited`, ... */
  readonly state: string;
  /** Of the task that its label names. */
  readonly task?: string | undefined;
  /** The store has a record of that task. */
  readonly isKnown: boolean;
}

export interface Verdict {
  readonly removable: boolean;
  /** Why, as a clause. */
  readonly reason: string;
}

const stays = (reason: string): Verdict => ({ removable: false, reason });

/** Never one that is needed, used or somebody's. */
export function judgeImage({ neededBy, found }: ImageFacts): Verdict {
  if (!found) return stays('it is not on the engine any more');
  if (neededBy === undefined) return stays('a record cannot be read that may need it');
  if (neededBy.length > 0) return stays(`kept for ${neededBy.join(', ')}`);
  const [tag] = found.tags;
  if (tag !== undefined) return stays(`it has the tag ${tag}, which orca did not give it`);
  const [user] = found.usedBy;
  if (user !== undefined) return stays(`the container ${user} uses it`);
  return { removable: true, reason: 'no kept revision and no container needs it' };
}

const DEAD: ReadonlySet<string> = new Set(['created', 'exited', 'dead']);

/** Only a dead one that orca made for a task, of which no record is left: all others have somebody who ends them. */
export function judgeContainer({ state, task, isKnown }: ContainerFacts): Verdict {
  if (!DEAD.has(state)) return stays(`it is ${state}`);
  if (task === undefined) return stays('it is no task');
  if (isKnown) return stays('its task removes it once its log is kept');
  return { removable: true, reason: `it is ${state}, and its task is forgotten` };
}
