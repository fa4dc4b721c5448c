import { OrcaError } from '../errors.ts';
import type { Provider } from '../model/webhook.ts';
import type { Heading } from './heading.ts';

/** A ref that has moved. */
export interface Change {
  readonly kind: 'branch' | 'tag';
  readonly name: string;
  /** `refs/heads/main` */
  readonly ref: string;
  /** Undefined: it was deleted. */
  readonly commit: string | undefined;
  /** Of the newest commit. */
  readonly message: string;
  /** Not the push itself, but the build of it, which has succeeded. */
  readonly built?: true | undefined;
}

/** What a delivery says, in words that are the same for every provider. */
export type GitEvent =
  | { readonly kind: 'ping'; readonly repo: string | undefined }
  | { readonly kind: 'push'; readonly repo: string; readonly changes: readonly Change[] }
  /** Nothing that is acted on; `why` begins a sentence. */
  | { readonly kind: 'other'; readonly repo: string | undefined; readonly why: string };

/** @throws OrcaError `malformed` for a push that says not what was pushed */
export function readEvent({ provider, event }: Pick<Heading, 'provider' | 'event'>, body: unknown): GitEvent {
  const readers = READERS[provider];
  const read = Object.hasOwn(readers, event) ? readers[event] : undefined;
  return read?.(body) ?? { kind: 'other', repo: repositoryOf(body), why: `the event ${quoted(event)} deploys nothing` };
}

type Reader = (body: unknown) => GitEvent | undefined;

/** `repository.full_name`; GitLab has `project.path_with_namespace`, Bitbucket on one's own server a project's key and a name. */
function repositoryOf(body: unknown): string | undefined {
  const full = textAt(body, 'repository', 'full_name') ?? textAt(body, 'project', 'path_with_namespace');
  if (full !== undefined) return full;
  const [key, slug] = [textAt(body, 'repository', 'project', 'key'), textAt(body, 'repository', 'slug')];
  return key === undefined || slug === undefined ? undefined : `${key}/${slug}`;
}

function requireRepository(body: unknown): string {
  const repo = repositoryOf(body);
  if (repo === undefined) throw new OrcaError('malformed', 'the delivery does not say which repository it is about');
  return repo;
}

const ping: Reader = (body) => ({ kind: 'ping', repo: repositoryOf(body) });

/** GitHub, Gitea, Forgejo, and GitLab with its names. */
const push: Reader = (body) => {
  const commit = textAt(body, 'after') ?? '';
  const isDeleted = NOTHING.test(commit) || at(body, 'deleted') === true;
  const message = textAt(body, 'head_commit', 'message') ?? messageOf(listAt(body, 'commits'), commit);
  const change = changeOf(textAt(body, 'ref') ?? '', isDeleted ? undefined : commit, message);
  return { kind: 'push', repo: requireRepository(body), changes: [change] };
};

/** A commit that is all zeros is none. */
const NOTHING = /^0+$/;

const messageOf = (commits: readonly unknown[], id: string): string =>
  textAt(
    commits.find((one) => textAt(one, 'id') === id),
    'message',
  ) ?? '';

function changeOf(ref: string, commit: string | undefined, message: string, built?: true): Change {
  const [, kind, name] = /^refs\/(heads|tags)\/(.+)$/s.exec(ref) ?? [];
  if (name === undefined) throw new OrcaError('malformed', `the delivery names no branch or tag: ${quoted(ref)}`);
  if (commit !== undefined && !/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(commit))
    throw new OrcaError('malformed', `the delivery names no commit: ${quoted(commit)}`);
  return { kind: kind === 'tags' ? 'tag' : 'branch', name, ref, commit, message, built };
}

/** Bitbucket Cloud: several refs at once; `new` is null for one that was deleted. */
const bitbucketPush: Reader = (body) => ({
  kind: 'push',
  repo: requireRepository(body),
  changes: listAt(body, 'push', 'changes').map((change) => {
    const now = at(change, 'new') ?? undefined;
    const which = now ?? at(change, 'old');
    const kind = textAt(which, 'type') === 'tag' ? 'tags' : 'heads';
    const ref = `refs/${kind}/${textAt(which, 'name') ?? ''}`;
    return changeOf(ref, now && (textAt(now, 'target', 'hash') ?? ''), textAt(now, 'target', 'message') ?? '');
  }),
});

/** Bitbucket Data Center tells no message. */
const bitbucketRefs: Reader = (body) => ({
  kind: 'push',
  repo: requireRepository(body),
  changes: listAt(body, 'changes').map((change) => {
    const isDeleted = textAt(change, 'type') === 'DELETE';
    return changeOf(textAt(change, 'ref', 'id') ?? '', isDeleted ? undefined : (textAt(change, 'toHash') ?? ''), '');
  }),
});

/** A build that was begun by a stranger's pull request has a branch's name too, of the stranger's choosing. */
const OWN_CAUSES = ['push', 'schedule', 'workflow_dispatch', 'web', 'api'];

const workflowRun: Reader = (body) => {
  const run = at(body, 'workflow_run');
  const [cause = '', origin] = [textAt(run, 'event'), textAt(run, 'head_repository', 'full_name')];
  const repo = requireRepository(body);
  if (at(body, 'action') !== 'completed' || textAt(run, 'conclusion') !== 'success')
    return { kind: 'other', repo, why: 'the workflow has not succeeded' };
  if (!OWN_CAUSES.includes(cause) || origin !== repo)
    return { kind: 'other', repo, why: `the workflow ran for ${quoted(cause)} of ${quoted(origin ?? '')}` };
  const ref = `refs/heads/${textAt(run, 'head_branch') ?? ''}`;
  return { kind: 'push', repo, changes: [changeOf(ref, textAt(run, 'head_sha') ?? '', '', true)] };
};

const pipeline: Reader = (body) => {
  const run = at(body, 'object_attributes');
  const [cause = '', repo] = [textAt(run, 'source'), requireRepository(body)];
  if (textAt(run, 'status') !== 'success') return { kind: 'other', repo, why: 'the pipeline has not succeeded' };
  if (!OWN_CAUSES.includes(cause)) return { kind: 'other', repo, why: `the pipeline ran for ${quoted(cause)}` };
  const ref = `refs/${at(run, 'tag') === true ? 'tags' : 'heads'}/${textAt(run, 'ref') ?? ''}`;
  return { kind: 'push', repo, changes: [changeOf(ref, textAt(run, 'sha') ?? '', '', true)] };
};

const READERS: Readonly<Record<Provider, Readonly<Record<string, Reader>>>> = {
  github: { push, ping, workflow_run: workflowRun },
  gitea: { push, ping, workflow_run: workflowRun },
  forgejo: { push, ping },
  gitlab: { 'Push Hook': push, 'Tag Push Hook': push, 'Pipeline Hook': pipeline },
  bitbucket: { 'repo:push': bitbucketPush, 'repo:refs_changed': bitbucketRefs, 'diagnostics:ping': ping },
};

/** Own keys only. */
function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = Reflect.get(found, key);
  }
  return found;
}

function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

const quoted = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 97)}...` : text);
