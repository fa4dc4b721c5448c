import { existsSync, globSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

/** What `cli/orca server` starts: the bundle, which loads in a fourth of the time, unless a source is newer. */
export const MAIN = upToDate('main.js', ['src/**/*.ts']) ?? join(ROOT, 'src/main.ts');

/** The CLI's bundle as it is shipped; undefined if there is none, or a source is newer. */
export const CLI = upToDate('cli.js', ['src/**/*.ts', 'cli/**/*.ts', 'scripts/bundle-options.ts']);

function upToDate(name: string, sources: readonly string[]): string | undefined {
  const bundle = join(ROOT, 'dist', name);
  if (!existsSync(bundle)) return undefined;
  const built = statSync(bundle).mtimeMs;
  const files = globSync([...sources, 'package-lock.json'], { cwd: ROOT });
  return files.every((file) => statSync(join(ROOT, file)).mtimeMs <= built) ? bundle : undefined;
}
