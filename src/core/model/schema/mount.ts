import { z } from 'zod';
import type { Reading } from '../../units.ts';
import { containerPath, parseContainerPath } from './container-options.ts';
import { flag, read, text } from './read.ts';
import { isVolumeName } from './volume.ts';

/** What is mounted: a volume of the project, by name, or a path of the node. */
export type MountSource = { readonly volume: string } | { readonly path: string };

export interface ParsedMount {
  readonly source: MountSource;
  readonly target: string;
  readonly readOnly: boolean;
  readonly shared: boolean;
}

const EXPECTED = 'expected name:/path or name:/path:ro';
const SOURCE_EXPECTED = "expected a volume's name, or an absolute path of the node";

/** `uploads:/data`, `uploads:/data:ro`, `/srv/x:/data`, or the same as a map. */
export const mount = () =>
  z.union(
    [
      read(text(EXPECTED, 4096), parseMount),
      z
        .strictObject({
          source: read(text(SOURCE_EXPECTED), parseSource).describe(
            "A volume's name, or an absolute path of the node, which needs an admin.",
          ),
          target: read(containerPath(), checkTarget).describe('Path in the container.'),
          read_only: flag().prefault(false).describe('Mount it read-only.'),
          shared: flag()
            .optional()
            .describe(
              'Of a path of the node: several tasks may write to it at once. A volume says so where it is declared.',
            ),
        })
        .transform(({ source, target, read_only: readOnly, shared }, context): ParsedMount => {
          if (shared !== undefined && 'volume' in source)
            context.addIssue({
              code: 'custom',
              path: ['shared'],
              message: '`shared` of a volume is written where it is declared, under `volumes` at the top',
            });
          return { source, target, readOnly, shared: shared ?? false };
        }),
    ],
    EXPECTED,
  );

function parseMount(written: string): Reading<ParsedMount> {
  const [from = '', to, option, ...rest] = written.split(':');
  if (to === undefined) {
    const hint = from.startsWith('/') ? `name it, so that its data outlive the container: data:${from}` : undefined;
    return { message: EXPECTED, hint };
  }
  const source = parseSource(from);
  if (!('value' in source)) return source;
  const path = parseContainerPath(to);
  const target = 'value' in path ? checkTarget(path.value) : path;
  if (!('value' in target)) return target;
  if (rest.length > 0 || (option !== undefined && option !== 'ro' && option !== 'rw'))
    return { message: `${EXPECTED}: the only options are ro and rw` };
  return { value: { source: source.value, target: target.value, readOnly: option === 'ro', shared: false } };
}

/** Whatever is no name of a volume is a path: never the other way round. */
function parseSource(written: string): Reading<MountSource> {
  if (isVolumeName(written)) return { value: { volume: written } };
  if (!written.startsWith('/')) {
    const isPath = /^[.~]|[/\\]|^\$/.test(written);
    const hint = 'a path of the node begins with `/`, and needs an admin; put files of your project into the image';
    return isPath ? { message: SOURCE_EXPECTED, hint } : { message: SOURCE_EXPECTED };
  }
  const path = parseContainerPath(written);
  return 'value' in path ? { value: { path: path.value } } : { message: `${SOURCE_EXPECTED}, without \`..\`` };
}

/** What Docker itself puts there, or the kernel. */
const RESERVED = ['/proc', '/sys', '/dev', '/etc/hosts', '/etc/hostname', '/etc/resolv.conf'];

function checkTarget(path: string): Reading<string> {
  if (path === '/') return { message: 'a volume cannot be mounted over `/`, which is the image' };
  const reserved = RESERVED.find((each) => path === each || path.startsWith(`${each}/`));
  return reserved === undefined
    ? { value: path }
    : { message: `nothing can be mounted at ${path}: ${reserved} is the container's own` };
}
