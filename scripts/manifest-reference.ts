import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { manifestJsonSchema } from '../src/manifest/json-schema.ts';

interface Schema {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | false;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

const PAGE = path.resolve(import.meta.dirname, '../docs/manifest.md');
const BEGIN = '<!-- keys: made by `node scripts/manifest-reference.ts` from the schema -->';
const END = '<!-- end of keys -->';

/** The keys of `orca.yml` as Markdown tables, from the descriptions in its schema. */
export function manifestReference(): string {
  const root: Schema = manifestJsonSchema();
  const { services, jobs, volumes } = root.properties ?? {};
  const parts = [
    ['The file', root, ''],
    ['A service', services?.additionalProperties, 'services.*.'],
    ['A job', jobs?.additionalProperties, 'jobs.*.'],
    ['A volume', volumes?.additionalProperties, 'volumes.*.'],
  ] as const;
  return parts.map(([title, schema, prefix]) => section(title, schema || {}, prefix)).join('\n');
}

/** The page with its tables made anew. */
export function withReference(page: string): string {
  const [before = '', rest = ''] = page.split(BEGIN);
  return `${before}${BEGIN}\n\n${manifestReference()}\n${END}${rest.split(END)[1] ?? ''}`;
}

const section = (title: string, schema: Schema, prefix: string): string =>
  `### ${title}\n\n| Key | Default | What it says |\n|---|---|---|\n${rows(schema, '', prefix === '').join('')}`;

function rows(schema: Schema, prefix: string, shallow: boolean): string[] {
  const map = branches(schema).find(({ properties }) => properties) ?? {};
  return Object.entries(map.properties ?? {}).flatMap(([key, child]) => {
    const path = `${prefix}${key}`;
    const required = map.required?.includes(key) && child.default === undefined;
    return [
      row(path, child, required ?? false),
      ...(shallow ? [] : rows(nested(child), `${path}${isMapOfMaps(child) ? '.*' : ''}.`, false)),
    ];
  });
}

const row = (key: string, schema: Schema, required: boolean): string => {
  const { description = '', default: initial } = schema;
  const words = branches(schema).find((branch) => branch.enum)?.enum;
  const choice = words ? ` One of ${words.map((word) => `\`${word}\``).join(', ')}.` : '';
  return `| \`${key}\` | ${required ? 'required' : shown(initial)} | ${(description + choice).replaceAll('|', '\\|')} |\n`;
};

/** Defaults of whole maps and lists say nothing that their keys do not. */
const shown = (value: unknown): string => (value === undefined || typeof value === 'object' ? '' : `\`${value}\``);

const branches = (schema: Schema): readonly Schema[] => [schema, ...(schema.anyOf ?? [])];
const itemsOf = (schema: Schema): Schema | undefined => branches(schema).find(({ items }) => items)?.items;
const valuesOf = (schema: Schema): Schema | undefined =>
  branches(schema).flatMap(({ additionalProperties }) => additionalProperties || [])[0];
const isMapOfMaps = (schema: Schema): boolean => nested(schema) !== schema;

function nested(schema: Schema): Schema {
  const child = itemsOf(schema) ?? valuesOf(schema);
  return child && branches(child).some(({ properties }) => properties) ? child : schema;
}

if (import.meta.main) writeFileSync(PAGE, withReference(readFileSync(PAGE, 'utf8')));
