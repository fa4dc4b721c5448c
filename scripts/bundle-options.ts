import { readFile } from 'node:fs/promises';
import type { BuildOptions, Plugin } from 'esbuild';

/** Parts of a library that orca has no use for and that drag in megabytes, or natives that need a compiler. */
const LEFT_OUT = [
  { from: /dockerode\/lib$/, path: /^\.\/(session|buildkit)$/, what: 'BuildKit sessions' },
  { from: /docker-modem\/lib$/, path: /^\.\/ssh$/, what: 'ssh by ssh2' },
  { from: /acme-client\/src$/, path: /^\.\/(axios|auto|verify)$/, what: 'requests that acme-client sends itself' },
  { from: /acme-client\/src$/, path: /^\.\/crypto\/forge$/, what: 'keys by node-forge' },
  { from: /zod\/v4\/(core|classic)$/, path: /^\.\.\/locales\/index\.js$/, what: 'sentences in other languages' },
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

/** Of the two thousand media types that a library knows, each an object of its own, those that orca speaks of. */
const SPOKEN = ['application/json', 'application/octet-stream', 'text/html', 'text/plain'];

const fewMediaTypes: Plugin = {
  name: 'few-media-types',
  setup({ onLoad }) {
    onLoad({ filter: /\/mime-db\/db\.json$/ }, async ({ path }) => {
      const all = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
      return { loader: 'json', contents: JSON.stringify(Object.fromEntries(SPOKEN.map((type) => [type, all[type]]))) };
    });
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

/**
 * How everything that is shipped is bundled; what is in a folder of its own needs no node_modules. V8 keeps the text of what it
 * runs: without its comments an idle server is smaller by megabytes, as one dash in them makes it two bytes a character.
 */
export const BUNDLED = {
  bundle: true,
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 200, // Node prints the line where a process died
  chunkNames: '[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
  banner: { js: BANNER },
  plugins: [leaveOut, fewMediaTypes, requireBuiltins],
  // optional natives
  external: ['cpu-features', 'bufferutil', 'utf-8-validate'],
} satisfies BuildOptions;

/** The CLI starts at each command: a chunk a verb, and less to read. */
export const CLI_BUNDLED = {
  ...BUNDLED,
  splitting: true,
} satisfies BuildOptions;
