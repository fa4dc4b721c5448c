import type { KeyPath, SpecIssue } from '../core/model/schema/issue.ts';
import { escapeTemplate } from '../core/model/schema/template.ts';
import { type EnvFile, parseEnvFile } from './env-file.ts';
import type { ManifestIssue } from './error.ts';
import { whyUnreadable } from './read-regular-file.ts';

/** Text of a file named in a manifest. Throws when it cannot be read; the message is shown. */
export type EnvFileReader = (name: string) => string;

interface Merged {
  readonly value: unknown;
  /** At a place in the manifest. */
  readonly issues: readonly SpecIssue[];
  /** In the env files themselves. */
  readonly inFiles: readonly ManifestIssue[];
}

/** The manifest's tree with each service's `env_file` read into its `env`, which wins. Shapes that do not fit are left for the schema. */
export function mergeEnvFiles(tree: unknown, read: EnvFileReader | undefined): Merged {
  const services = isMap(tree) ? tree['services'] : undefined;
  if (!isMap(tree) || !isMap(services) || !read) return { value: tree, issues: [], inFiles: [] };
  const issues: SpecIssue[] = [];
  const inFiles: ManifestIssue[] = [];
  const merged = Object.entries(services).map(([name, service]) => {
    const files = isMap(service) ? filesOf(service['env_file']) : undefined;
    if (!isMap(service) || !files) return [name, service] as const;
    const values = files.map(({ file, at }) =>
      readOne(file, read, ['services', name, 'env_file', ...at], issues, inFiles),
    );
    return [name, withEnv(service, Object.assign({}, ...values))] as const;
  });
  return { value: { ...tree, services: Object.fromEntries(merged) }, issues, inFiles };
}

interface Named {
  readonly file: string;
  readonly at: KeyPath;
}

function filesOf(written: unknown): readonly Named[] | undefined {
  if (typeof written === 'string') return [{ file: written, at: [] }];
  if (!Array.isArray(written) || written.length > 20) return undefined;
  return written.every((file) => typeof file === 'string') ? written.map((file, i) => ({ file, at: [i] })) : undefined;
}

function readOne(
  file: string,
  read: EnvFileReader,
  path: KeyPath,
  issues: SpecIssue[],
  inFiles: ManifestIssue[],
): EnvFile['values'] {
  try {
    const parsed = parseEnvFile(read(file));
    inFiles.push(...parsed.issues.map(({ line, message }) => ({ file, line, column: 1, path: '', message })));
    return parsed.values;
  } catch (error) {
    issues.push({ path, message: `cannot read ${file}: ${whyUnreadable(error)}` });
    return {};
  }
}

function withEnv(service: Readonly<Record<string, unknown>>, values: EnvFile['values']): unknown {
  const { env_file: _, ...rest } = service;
  const env = rest['env'] ?? {};
  if (!isMap(env)) return rest;
  const literal = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, escapeTemplate(value)]));
  return { ...rest, env: { ...literal, ...env } };
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
