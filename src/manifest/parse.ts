import type { LineCounter } from 'yaml';
import { listVolumes } from '../core/model/schema/declared-volumes.ts';
import { formatPath, type KeyPath, type SpecIssue, startsWith } from '../core/model/schema/issue.ts';
import { listServices, parseFile } from '../core/model/schema/parse-file.ts';
import type { ServiceSpec } from '../core/model/service-spec.ts';
import { decode } from './decode.ts';
import { type EnvFileReader, mergeEnvFiles } from './env-files.ts';
import { ManifestError, type ManifestIssue } from './error.ts';
import { readSources, type SourceReader } from './source-files.ts';
import { type Env, retype, substituteEnv } from './substitute.ts';
import { parseSyntax } from './syntax.ts';
import { readTree, type TextReader, type Tree, type TreeIssue } from './tree.ts';

export interface ManifestOptions {
  /** Name of the file, for errors. */
  readonly file: string;
  /** What `${env.NAME}` stands for. */
  readonly env?: Env;
  /** Reads an `env_file`, named as in the manifest. Without it a manifest that has one is refused. */
  readonly readEnvFile?: EnvFileReader;
  /** Reads the `source` of a file, named as in the manifest. Without it a manifest that has one is refused. */
  readonly readSource?: SourceReader;
}

export interface Manifest {
  readonly project: string;
  /** The `services` of a deploy body: as written, but `${env.NAME}` replaced and env files read. */
  readonly services: readonly Readonly<Record<string, unknown>>[];
  /** The `volumes` of a deploy body. */
  readonly volumes: readonly Readonly<Record<string, unknown>>[];
  readonly specs: readonly ServiceSpec[];
  /** Where a value stands in the file (`services.web.env.LEVEL`), from 1; undefined for what is not written there. */
  placeOf(path: string): { readonly line: number; readonly column: number } | undefined;
}

/** `orca.yml`, at most 1 MiB. Throws a ManifestError with every issue in the file, and nothing else. */
export function parseManifest(
  input: string | Uint8Array,
  { file, env = {}, readEnvFile, readSource }: ManifestOptions,
): Manifest {
  const { text, problem } = decode(input);
  if (problem) throw new ManifestError(file, [{ file, path: '', ...problem }]);
  const { document, lines, issues: syntax } = parseSyntax(text);
  const locate = locator(file, lines, text.length);
  if (!document || syntax.length > 0)
    throw new ManifestError(
      file,
      syntax.map((issue) => locate({ ...issue, path: [] })),
    );
  if (document.contents === null || isBlank(document.contents)) throw new ManifestError(file, [locate(EMPTY)]);

  const unset: TreeIssue[] = [];
  const tree = readTree(document, envReader(env, unset), isTextPath);
  const merged = mergeEnvFiles(tree.value, readEnvFile);
  const whole = readSources(merged.value, { read: readSource, env });
  const parsed = parseFile(whole.value);
  const found = [...tree.issues, ...unset];
  const wrong = [...merged.issues, ...whole.issues, ...(parsed.ok ? [] : parsed.issues)].filter((issue) =>
    isNews(issue, found),
  );
  const issues = [...found, ...wrong.map((issue) => place(issue, tree))]
    .sort((a, b) => a.offset - b.offset)
    .map(locate);
  if (issues.length > 0 || merged.inFiles.length > 0 || !parsed.ok) {
    throw new ManifestError(file, [...issues, ...merged.inFiles], tree.unlisted + (parsed.ok ? 0 : parsed.unlisted));
  }
  const placeOf: Manifest['placeOf'] = (path) => {
    const at = tree.places.get(path);
    const { line, col } = lines.linePos(at?.value ?? 0);
    return at && { line, column: col };
  };
  return { ...manifestOf(whole.value, parsed.specs), placeOf };
}

const EMPTY: TreeIssue = {
  offset: 0,
  path: [],
  message: 'the file is empty',
  hint: 'a manifest has `project` and `services`; see orca.yml.example',
};

const isBlank = (contents: { readonly range?: readonly number[] | null }): boolean =>
  contents.range?.[0] === contents.range?.[1];

function manifestOf(value: unknown, specs: readonly ServiceSpec[]): Omit<Manifest, 'placeOf'> {
  const services = listServices(value as Record<string, unknown>).map(({ input }) => input as Record<string, unknown>);
  const volumes = listVolumes(value as Record<string, unknown>);
  return { project: specs[0]?.project ?? '', services, volumes, specs };
}

/** Where numbers and booleans are taken as the text that was written. */
const isTextPath = (path: KeyPath): boolean => TEXT_KEYS.get(String(path[0]))?.has(String(path[2])) ?? false;

const TEXT_KEYS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['services', new Set(['env', 'labels', 'command', 'entrypoint', 'release', 'user'])],
  ['volumes', new Set(['driver_opts', 'owner', 'mode'])],
]);

/** Replaced only where `template` says so, once it is read. */
const isFileContent = (path: KeyPath): boolean =>
  path.length === 5 && path[0] === 'services' && path[2] === 'files' && path[4] === 'content';

/** Replaces `${env.NAME}`; what was written without quotes then is a number or boolean again, where one may stand. */
function envReader(env: Env, unset: TreeIssue[]): TextReader {
  return (text, plain, path, offset) => {
    if (isFileContent(path)) return text;
    const result = substituteEnv(text, env);
    for (const { source, name } of result.unset) {
      const hint = `set ${name} where you run this, or write \${env.${name}:-default}`;
      unset.push({ offset, path, message: `${source} is not set`, hint, unread: true });
    }
    return result.changed && plain && !isTextPath(path) ? retype(result.text) : result.text;
  };
}

/** Not about a value that could not be read in the first place. */
const isNews = (issue: SpecIssue, found: readonly TreeIssue[]): boolean =>
  !found.some(({ unread, path }) => unread && startsWith(issue.path, path));

/** At its key or value; an absent key at the one above it. */
function place(issue: SpecIssue, { places }: Tree): TreeIssue {
  for (let depth = issue.path.length; depth > 0; depth -= 1) {
    const at = places.get(formatPath(issue.path.slice(0, depth)));
    if (at) return { ...issue, offset: issue.atKey || depth < issue.path.length ? at.key : at.value };
  }
  return { ...issue, offset: 0 };
}

function locator(file: string, lines: LineCounter, end: number): (issue: TreeIssue) => ManifestIssue {
  return ({ offset, path, message, hint }) => {
    const { line, col } = lines.linePos(Math.min(offset, end));
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), path: formatPath(path), message, hint };
  };
}
