import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';

/** Bundles what users run into dist/, which needs no node_modules: `node scripts/build.ts`. */
const main = async (): Promise<void> => {
  process.chdir(fileURLToPath(new URL('..', import.meta.url)));
  rmSync('dist', { recursive: true, force: true });
  // the parts of main.js that a process does not need are chunks that it does not load
  await build({ ...shared, entryPoints: { main: 'src/main.ts' }, splitting: true, chunkNames: 'chunks/[name]-[hash]' });
  // one file a start: that is what is quick
  await build({ ...shared, entryPoints: { cli: 'cli/main.ts' }, minifySyntax: true, minifyWhitespace: true });
  await build({ ...shared, entryPoints: { 'store-worker': 'src/store/sqlite/worker.ts' } });
};

/** Parts of a library that orca has no use for and that drag in megabytes, or natives that need a compiler. */
const LEFT_OUT = [
  { from: /dockerode\/lib$/, path: /^\.\/(session|buildkit)$/, what: 'BuildKit sessions' },
  { from: /docker-modem\/lib$/, path: /^\.\/ssh$/, what: 'ssh by ssh2' },
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

// CommonJS libraries within an ES module
const BANNER = [
  "import { createRequire as orcaCreateRequire } from 'node:module';",
  'const require = orcaCreateRequire(import.meta.url);',
  'const __filename = import.meta.filename, __dirname = import.meta.dirname;',
].join('\n');

const shared = {
  bundle: true,
  outdir: 'dist',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
  banner: { js: BANNER },
  plugins: [leaveOut],
  // optional natives
  external: ['cpu-features', 'bufferutil', 'utf-8-validate'],
} satisfies BuildOptions;

await main();
