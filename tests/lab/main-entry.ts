import { existsSync, globSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const BUNDLE = join(ROOT, 'dist/main.js');

/** What `cli/orca server` starts: the bundle, which loads in a fourth of the time, unless a source is newer. */
export const MAIN = isUpToDate() ? BUNDLE : join(ROOT, 'src/main.ts');

function isUpToDate(): boolean {
  if (!existsSync(BUNDLE)) return false;
  const built = statSync(BUNDLE).mtimeMs;
  return globSync(['src/**/*.ts', 'package-lock.json'], { cwd: ROOT }).every(
    (file) => statSync(join(ROOT, file)).mtimeMs <= built,
  );
}
