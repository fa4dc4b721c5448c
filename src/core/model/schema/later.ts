import type { KeyPath, SpecIssue } from './issue.ts';

/** A wish the schema knows but this version cannot fulfil. */
export interface Later {
  /** Key path in the manifest; `*` is any name. */
  readonly path: string;
  /** Only such values; all unless given. */
  readonly when?: (value: unknown) => boolean;
  /** The same values as JSON Schema, where no pattern tells them. */
  readonly form?: Readonly<Record<string, unknown>>;
  /** What is refused, if not the key as a whole. */
  readonly what?: string;
  /** Why, or what to do instead. */
  readonly hint?: string;
}

const isMap = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
const isWished = (value: unknown): boolean => value !== false;
const WISHED = { not: { const: false } };
const isWildcard = (value: unknown): boolean => typeof value === 'string' && value.startsWith('*');

const NO_COMPARISON =
  'orca does not compare two versions by numbers yet, as few requests say little: look at them, then `orca promote` or `orca rollback`';

/** Everything refused as "not yet supported". Whoever brings one takes its line out. */
export const LATER: readonly Later[] = [
  { path: 'jobs' },
  { path: 'services.*.build' },
  { path: 'services.*.replicas', when: isMap, form: { type: 'object' }, what: 'a range of `replicas`' },
  { path: 'services.*.domain', when: isWildcard, what: 'a wildcard domain' },
  { path: 'services.*.domains.*', when: isWildcard, what: 'a wildcard domain' },
  {
    path: 'services.*.deploy.canary.auto',
    when: isWished,
    form: WISHED,
    what: 'a canary that decides by itself (`auto: true`)',
    hint: NO_COMPARISON,
  },
  { path: 'services.*.deploy.canary.interval', hint: NO_COMPARISON },
  { path: 'services.*.deploy.canary.max_error_rate', hint: NO_COMPARISON },
  { path: 'services.*.deploy.canary.max_latency_ratio', hint: NO_COMPARISON },
  { path: 'services.*.hold' },
  { path: 'services.*.idle' },
  { path: 'services.*.sticky', when: isWished, form: WISHED },
  { path: 'services.*.rate_limit' },
];

const SERVICE = 'services.*.';
const FILE_WIDE = LATER.filter(({ path }) => !path.startsWith(SERVICE)).map((later) => ({
  later,
  keys: later.path.split('.'),
}));
const OF_SERVICES = LATER.filter(({ path }) => path.startsWith(SERVICE)).map((later) => ({
  later,
  keys: later.path.slice(SERVICE.length).split('.'),
}));

/** The entry for a manifest key as a whole. */
export const laterKey = (path: string): Later | undefined =>
  LATER.find((later) => later.what === undefined && (path === later.path || path.startsWith(`${later.path}.`)));

/** What of a key's values is not supported, where the key itself is. */
export const laterValues = (path: string): readonly Later[] =>
  LATER.filter((later) => later.what !== undefined && path === later.path);

/** Every wish of one service that is not supported yet. */
export const refuseLater = (service: unknown): SpecIssue[] => refuse(service, OF_SERVICES);

/** The same of a file, beside its services. */
export const refuseLaterOfFile = (file: unknown): SpecIssue[] => refuse(file, FILE_WIDE);

const refuse = (
  root: unknown,
  table: readonly { readonly later: Later; readonly keys: readonly string[] }[],
): SpecIssue[] =>
  table.flatMap(({ later, keys }) =>
    find(root, keys, [])
      .filter(({ value }) => later.when?.(value) ?? true)
      .map(({ path }) => issue(later, path)),
  );

function find(value: unknown, keys: readonly string[], path: KeyPath): { path: KeyPath; value: unknown }[] {
  const [key, ...rest] = keys;
  if (key === undefined) return [{ path, value }];
  if (typeof value !== 'object' || value === null) return [];
  if (key !== '*') return Object.hasOwn(value, key) ? find(Reflect.get(value, key), rest, [...path, key]) : [];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([each, child]) => find(child, rest, [...path, each]));
}

const issue = ({ path: pattern, what, hint }: Later, path: KeyPath): SpecIssue => ({
  path,
  message: `${what ?? `\`${pattern.split('.').at(-1)}\``} is not yet supported`,
  hint: hint ?? (what === undefined ? 'leave the key out' : undefined),
  atKey: what === undefined,
});
