import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { BUNDLED, CLI_BUNDLED } from './bundle-options.ts';

/** Bundles what users run into dist/, which needs no node_modules: `node scripts/build.ts`. */
const main = async (): Promise<void> => {
  process.chdir(fileURLToPath(new URL('..', import.meta.url)));
  // beside each other, as the bundles look for their workers; what a role does not need is a chunk that it does not load
  await bundle({ main: 'src/main.ts' }, { splitting: true });
  await bundle({ 'store-worker': 'src/store/sqlite/worker.ts' });
  await bundle({ 'ingress-nursery': 'src/dataplane/nursery/main.ts' });
  await bundle({ 'ingress-worker': 'src/dataplane/worker/main.ts' });
  await bundle({ 'ingress-resolver': 'src/dataplane/resolver/main.ts' });
  // last: install.sh takes its date for that of the build
  await bundle({ cli: 'cli/main.ts' }, CLI_BUNDLED);
  removeOld();
};

/**
 * Files are replaced whole, entries after their chunks: an interrupted build leaves what was there.
 */
const bundle = async (entryPoints: Record<string, string>, options: BuildOptions = {}): Promise<void> => {
  const { outputFiles } = await build({ ...BUNDLED, outdir: 'dist', ...options, entryPoints, write: false });
  mkdirSync('dist', { recursive: true });
  const entries = Object.keys(entryPoints).map((name) => `/dist/${name}.js`);
  const isEntry = (path: string): number => (entries.some((entry) => path.endsWith(entry)) ? 1 : 0);
  for (const { path, contents } of outputFiles.sort((a, b) => isEntry(a.path) - isEntry(b.path))) {
    writeFileSync(`${path}.new`, contents);
    renameSync(`${path}.new`, path);
  }
};

/** A server that runs meanwhile may still load its chunks, so they stay for a day. */
const removeOld = (): void => {
  const yesterday = Date.now() - 86_400_000;
  rmSync('dist/.cache', { recursive: true, force: true });
  for (const name of readdirSync('dist')) if (statSync(`dist/${name}`).mtimeMs < yesterday) rmSync(`dist/${name}`);
};

await main().catch((error: unknown) => {
  const told = error instanceof Error && 'errors' in error; // by esbuild, in its own words
  if (!told) console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
