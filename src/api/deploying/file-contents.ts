import { OrcaError } from '../../core/errors.ts';
import { contentBytes, digestOf } from '../../core/model/schema/files.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import type { State } from '../../store/state.ts';

/** Contents by their digests. */
export type FileContents = ReadonlyMap<string, Buffer>;

/** The contents of the files in a body whose services were read already. */
export function fileContents(body: unknown): FileContents {
  const contents = new Map<string, Buffer>();
  for (const service of listOf(body, 'services')) {
    for (const file of listOf(service, 'files')) {
      const bytes = contentBytes({ content: textOf(file, 'content'), encoding: textOf(file, 'encoding') });
      if (bytes) contents.set(digestOf(bytes), bytes);
    }
  }
  return contents;
}

/**
 * Stores the contents that a spec names, before the revision that names them.
 *
 * @throws OrcaError `conflict` for one that neither was sent nor is stored
 */
export async function storeContents(state: State, { files = [] }: ServiceSpec, contents: FileContents): Promise<void> {
  for (const { sha256, target } of files) {
    if (sha256 === undefined) continue;
    const bytes = contents.get(sha256);
    if (bytes) await state.files.put(sha256, bytes);
    else if (!(await state.files.has(sha256))) {
      throw new OrcaError('conflict', `the content of ${target} is not stored any more`, { hint: 'deploy it again' });
    }
  }
}

function listOf(value: unknown, key: string): readonly unknown[] {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return Array.isArray(found) ? found : [];
}

function textOf(value: unknown, key: string): string | undefined {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === 'string' ? found : undefined;
}
