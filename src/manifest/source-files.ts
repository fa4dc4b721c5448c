import type { KeyPath, SpecIssue } from '../core/model/schema/issue.ts';
import { whyUnreadable } from './read-regular-file.ts';
import { type Env, substituteLiterally } from './substitute.ts';

/** Bytes of a file named in a manifest. Throws when it cannot be read; the message is shown. */
export type SourceReader = (name: string) => Uint8Array;

interface Merged {
  readonly value: unknown;
  readonly issues: readonly SpecIssue[];
}

export interface SourceOptions {
  /** Without it `source` is left for the schema, which refuses it. */
  readonly read: SourceReader | undefined;
  readonly env: Env;
}

/** The manifest's tree with the content of each file in place of its `source`, and `${env.NAME}` in it replaced where that is asked for. */
export function readSources(tree: unknown, options: SourceOptions): Merged {
  const services = isMap(tree) ? tree['services'] : undefined;
  if (!isMap(tree) || !isMap(services)) return { value: tree, issues: [] };
  const issues: SpecIssue[] = [];
  const merged = Object.entries(services).map(([name, service]) => {
    const files = isMap(service) ? service['files'] : undefined;
    if (!isMap(service) || !Array.isArray(files) || files.length > 100) return [name, service] as const;
    const read = files.map((file: unknown, i) =>
      isMap(file) ? readOne(file, ['services', name, 'files', i], options, issues) : file,
    );
    return [name, { ...service, files: read }] as const;
  });
  return { value: { ...tree, services: Object.fromEntries(merged) }, issues };
}

type Fields = Readonly<Record<string, unknown>>;

function readOne(file: Fields, path: KeyPath, { read, env }: SourceOptions, issues: SpecIssue[]): Fields {
  const { source, template, ...rest } = file;
  const isTemplate = template === true;
  if (typeof source !== 'string' || !read || rest['content'] !== undefined || rest['secret'] !== undefined) {
    const { content, encoding } = rest;
    if (!isTemplate || typeof content !== 'string' || encoding === 'base64') return file;
    return { ...rest, content: replaced(content, env, [...path, 'content'], issues) };
  }
  try {
    const bytes = read(source);
    const at = [...path, 'source'];
    const content = isTemplate ? Buffer.from(replaced(utf8(bytes), env, at, issues)) : Buffer.from(bytes);
    const left = isTemplate || template === undefined || template === false ? {} : { template };
    return { ...rest, ...left, content: content.toString('base64'), encoding: 'base64' };
  } catch (error) {
    issues.push({ path: [...path, 'source'], message: `cannot read ${source}: ${whyUnreadable(error)}` });
    return { ...rest, content: '' };
  }
}

const utf8 = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);

function replaced(text: string, env: Env, path: KeyPath, issues: SpecIssue[]): string {
  const { text: result, unset } = substituteLiterally(text, env);
  for (const { source, name } of unset) {
    const hint = `set ${name} where you run this, or write \${env.${name}:-default}`;
    issues.push({ path, message: `${source} is not set`, hint });
  }
  return result;
}

const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
