import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';

/** Bundles what users run into dist/, which needs no node_modules: `node scripts/build.ts`. */
const main = async (): Promise<void> => {
  process.chdir(fileURLToPath(new URL('..', import.meta.url)));
  // beside each other, as the bundles look for their workers; what a role does not need is a chunk that it does not load
  await bundle({ main: 'src/main.ts' }, { splitting: true });
  await bundle({ 'store-worker': 'src/store/sqlite/worker.ts' });
  await bundle({ 'ingress-worker': 'src/dataplane/worker/main.ts' });
  // last: install.sh takes its date for that of the build
  await bundle({ cli: 'cli/main.ts' }, { splitting: true, minifySyntax: true, minifyWhitespace: true });
  removeOld();
};

/**
 * Files are replaced whole, entries after their chunks: an interrupted build leaves what was there.
 */
const bundle = async (entryPoints: Record<string, string>, options: BuildOptions = {}): Promise<void> => {
  const { outputFiles } = await build({ ...shared, ...options, entryPoints, write: false });
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

/** Parts of a library that orca has no use for and that drag in megabytes, or natives that need a compiler. */
const LEFT_OUT = [
  { from: /dockerode\/lib$/, path: /^\.\/(session|buildkit)$/, what: 'BuildKit sessions' },
  { from: /docker-modem\/lib$/, path: /^\.\/ssh$/, what: 'ssh by ssh2' },
  { from: /commander\/lib$/, path: /^node:child_process$/, what: 'commands in files of their own' },
];

const leaveOut: Plugin = {
  name: 'leave-out',
  setup({ onResolve, onLoad }) {
    for (const { from, path, what } of LEFT_OUT) {
      onResolve({ filter: path }, ({ resolveDir }) =>
        from.test(resolveDir) ? { path: what, namespace: 'left-out' } : undefined,
      );
    }
    onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => ({
      contents: `module.exports = () => { throw new Error(${JSON.stringify(`${path} is not part of orca`)}); };`,
    }));
  },
};

/**
 * Node's own modules by `require`, when they are first used. An `import` of one reads every export of it, the lazy ones too:
 * that of node:http loads fetch and WebSocket, 60 ms and megabytes that nobody asked for.
 */
const requireBuiltins: Plugin = {
  name: 'require-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, namespace }) =>
      namespace === 'builtin' ? { path, external: true } : { path, namespace: 'builtin' },
    );
    onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

// CommonJS libraries within an ES module
const BANNER = [
  "import { createRequire as orcaCreateRequire } from 'node:module';",
  'const require = orcaCreateRequire(import.meta.url);',
  'const __filename = import.meta.filename, __dirname = import.meta.dirname;',
].join('\n');

const shared = {
  bundle: true,
  chunkNames: '[name]-[hash]',
  outdir: 'dist',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
  banner: { js: BANNER },
  plugins: [leaveOut, requireBuiltins],
  // optional natives
  external: ['cpu-features', 'bufferutil', 'utf-8-validate'],
} satisfies BuildOptions;

await main().catch(() => process.exit(1)); // esbuild has told why
