import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseSource, readSources, root, type SourceFile } from './architecture/source-files.ts';

/** A module imports itself and lower floors. Neighbours meet in a composition root. */
const FLOORS: Readonly<Record<string, number>> = {
  core: 0,
  acme: 1,
  contract: 1,
  manifest: 1,
  store: 1,
  engine: 1,
  tunnel: 1,
  identity: 1,
  telemetry: 1,
  vault: 1,
  agent: 2,
  controllers: 2,
  dataplane: 2,
  node: 2,
  client: 2,
  api: 3,
  top: 4,
};

/** What the command line may know of the server: what goes over the wire, and what reads orca.yml. */
const OPEN_TO_CLI = ['core', 'contract', 'manifest', 'client'];

/** Libraries that only some modules may know. */
const HOMES: Readonly<Record<string, string | readonly string[]>> = {
  dockerode: 'engine',
  koa: 'api',
  '@koa/router': 'api',
  pino: 'telemetry',
  jsonwebtoken: 'identity',
  '@peculiar/x509': 'identity',
  'acme-client': 'acme',
  'tar-stream': ['engine', 'client'],
  diff: 'api',
  'node:sqlite': 'store',
};

const src = readSources('src');
const cli = readSources('cli');
const product = [...src, ...cli, ...readSources('scripts')];
const all = [...product, ...readSources('tests')];

/** `src/core/errors.ts` -> core; files beside the folders, and their settings, are the top floor. */
const moduleOf = (path: string): string => {
  const [first, second = ''] = path.split('/');
  if (first !== 'src') return first ?? '';
  return second.endsWith('.ts') || second === 'config' ? 'top' : second;
};

const matches = (files: readonly SourceFile[], pattern: RegExp): string[] =>
  files.flatMap(({ path, code }) =>
    code.split('\n').flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
  );

const imports = (files: readonly SourceFile[]) =>
  files.flatMap(({ path, imports }) => imports.map((imported) => ({ path, ...imported })));

describe('the source files', () => {
  it('are seen, with their imports', () => {
    assert.ok(src.length > 100, `saw only ${src.length} files in src`);
    assert.ok(cli.length > 15, `saw only ${cli.length} files in cli`);
    assert.ok(imports(src).filter(({ file }) => file !== undefined).length > 200, 'saw hardly any import');
    assert.ok(
      imports(src).some(({ path, file }) => path === 'src/main.ts' && file === 'src/server.ts'),
      'dynamic ones',
    );
  });

  it('keep to at most 300 lines, those of tests with their tables of cases to 500', () => {
    const most = (path: string): number => (path.startsWith('tests/') ? 500 : 300);
    const long = all.filter(({ path, text }) => text.split('\n').length - 1 > most(path));
    assert.deepEqual(
      long.map(({ path, text }) => `${path}: ${text.split('\n').length - 1}`),
      [],
    );
  });

  it('are not drawers', () => {
    const drawer = /(^|\/)(utils?|helpers?|common|lib|misc|shared)(\/|\.ts$)/;
    assert.deepEqual(
      all.filter(({ path }) => drawer.test(path)).map(({ path }) => path),
      [],
    );
  });

  it('are not barrels', () => {
    const barrels = all.filter(
      ({ path, code }) => path.endsWith('/index.ts') || /^export \* from/m.test(code) || onlyReExports(code),
    );
    assert.deepEqual(
      barrels.map(({ path }) => path),
      [],
    );
  });

  it('do not import each other in circles', () => {
    assert.deepEqual(findCycle(all), undefined);
  });

  it('keep no state of their own', () => {
    assert.deepEqual(matches([...src, ...cli], /^(export )?(let|var) /), []);
  });

  it('start no shell', () => {
    const started = imports(product).filter(
      ({ specifier, names }) => /^(node:)?child_process$/.test(specifier) && /\bexec(Sync)?\b/.test(names),
    );
    assert.deepEqual(
      started.map(({ path }) => path),
      [],
    );
    assert.deepEqual(matches(product, /\bshell\s*:|\bexecSync\s*\(|[^.\w]exec\s*\(/), []);
  });
});

describe('floors', () => {
  it('hold every module of src', () => {
    assert.deepEqual(
      [...new Set(src.map(({ path }) => moduleOf(path)))].filter((name) => FLOORS[name] === undefined),
      [],
    );
  });

  it('are imported downwards only, never a neighbour', () => {
    const wrong = imports(src).filter(({ path, file }) => {
      if (!file?.startsWith('src/')) return false;
      const [from, to] = [moduleOf(path), moduleOf(file)];
      return from !== to && !((FLOORS[to] ?? 99) < (FLOORS[from] ?? -1));
    });
    assert.deepEqual(
      wrong.map(({ path, specifier }) => `${path}: ${specifier}`),
      [],
    );
  });

  it('keep the driver of the store to the store and the composition roots: all others know its contract', () => {
    const inside = (path: string): boolean => path.startsWith('src/store/') || /^src\/[^/]+\.ts$/.test(path);
    const strays = imports([...src, ...cli]).filter(
      ({ path, file }) => file?.startsWith('src/store/sqlite/') && !inside(path),
    );
    assert.deepEqual(
      strays.map(({ path, specifier }) => `${path}: ${specifier}`),
      [],
    );
  });

  it('let src import nothing from outside but the number of the version', () => {
    const strays = imports(src).filter(({ file }) => file !== undefined && !file.startsWith('src/'));
    assert.deepEqual(
      strays.map(({ path, specifier }) => `${path}: ${specifier}`),
      ['src/version.ts: ../package.json'],
    );
  });

  it('open only the wire and the manifest to the command line', () => {
    const wrong = imports(cli).filter(
      ({ file }) => file?.startsWith('src/') && file !== 'src/version.ts' && !OPEN_TO_CLI.includes(moduleOf(file)),
    );
    assert.deepEqual(
      wrong.map(({ path, specifier }) => `${path}: ${specifier}`),
      [],
    );
  });

  it('give each outside library one home', () => {
    const strays = imports([...src, ...cli]).filter(
      ({ path, specifier }) => HOMES[specifier] !== undefined && ![HOMES[specifier]].flat().includes(moduleOf(path)),
    );
    assert.deepEqual(
      strays.map(({ path, specifier }) => `${path}: ${specifier}`),
      [],
    );
  });

  it('use only libraries that are production dependencies', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const strays = imports([...src, ...cli]).filter(
      ({ specifier, file }) =>
        file === undefined && !specifier.startsWith('node:') && !(packageOf(specifier) in dependencies),
    );
    assert.deepEqual(
      strays.map(({ path, specifier }) => `${path}: ${specifier}`),
      [],
    );
  });

  it('take what they load late from outside by its default: bundled, it has nothing else', () => {
    const late = [...src, ...cli].flatMap(({ text }) => text.match(/.*\bimport\('(?!\.)[^']*'\).*/g) ?? []);
    assert.deepEqual(
      late.filter((line) => !/\(await import\('[^']*'\)\)\.default\b/.test(line)),
      [],
    );
    assert.ok(late.length > 0);
  });

  it('read the environment in one place of src, and one of cli', () => {
    const read = /\bprocess\s*\.\s*env\b|\bprocess\s*\[|\{[^}]*\benv\b[^}]*\}\s*=\s*process\b/;
    const files = matches([...src, ...cli], read).map((place) => place.slice(0, place.indexOf(':')));
    assert.deepEqual(files, ['src/config.ts', 'cli/environment.ts']);
  });
});

describe('core', () => {
  const core = src.filter(({ path }) => moduleOf(path) === 'core');

  it('imports nothing but itself, zod in the model, and hashes', () => {
    const wrong = imports(core).filter(({ path, specifier, file, names }) => {
      if (file !== undefined) return false;
      if (specifier === 'zod') return !path.startsWith('src/core/model/');
      return !(specifier === 'node:crypto' && /^\s*\{\s*createHash\s*\}\s*$/.test(names));
    });
    assert.deepEqual(
      wrong.map(({ path, specifier }) => `${path}: ${specifier}`),
      [],
    );
  });

  it('knows no clock, no chance, no process, no console', () => {
    const impure =
      /\bDate\s*\.\s*now\b|\bnew\s+Date\s*\(\s*\)|\bMath\s*\.\s*random\b|\bcrypto\s*\.|\bprocess\s*[.[]|\bconsole\s*\.|\bset(Timeout|Interval|Immediate)\b|\bperformance\s*\.|\bfetch\s*\(|\bglobalThis\b/;
    assert.deepEqual(matches(core, impure), []);
  });

  it('is asynchronous nowhere', () => {
    assert.deepEqual(matches(core, /\bawait\b|\basync\b|\bPromise\b/), []);
  });
});

describe('the map of folders', () => {
  it('has a line for each module in docs/architecture.md', () => {
    const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
    const modules = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    assert.deepEqual(
      modules.map(({ name }) => name).filter((name) => !text.includes(`${name}/`)),
      [],
    );
  });
});

describe('the reading of a source file', () => {
  it('finds static, type-only, dynamic and re-exported imports, and none in comments or strings', () => {
    const text = [
      "import a, { type B } from './a.ts';",
      "import type { C } from '../c.ts';",
      "import {\n  d,\n} from 'd';",
      "import './e.ts';",
      "export { f } from './f.ts';",
      "const g = await import('./g.ts');",
      "// import h from './h.ts';",
      "/* import('./i.ts') */",
      'const j = "process.env";',
    ].join('\n');
    const parsed = parseSource('src/x/y.ts', text);
    assert.deepEqual(
      parsed.imports.map(({ specifier, file }) => file ?? specifier),
      ['src/x/a.ts', 'src/c.ts', 'd', 'src/x/e.ts', 'src/x/f.ts', 'src/x/g.ts'],
    );
    assert.ok(!parsed.code.includes('process') && !parsed.code.includes('h.ts'));
    assert.equal(parsed.code.split('\n').length, text.split('\n').length);
  });

  it('finds a circle', () => {
    const file = (path: string, to: string) => parseSource(path, `import './${to}.ts';`);
    assert.deepEqual(findCycle([file('a.ts', 'b'), file('b.ts', 'c'), file('c.ts', 'b')]), ['b.ts', 'c.ts', 'b.ts']);
    assert.equal(findCycle([file('a.ts', 'b'), file('b.ts', 'c')]), undefined);
  });
});

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const onlyReExports = (code: string): boolean => {
  const rest = code.replace(/export\s+(type\s+)?\{[^}]*\}\s*from\s*''\s*;?/g, '').trim();
  return rest === '' && code.trim() !== '';
};

/** A circle of imports, or undefined. */
function findCycle(files: readonly SourceFile[]): string[] | undefined {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    done.add(path);
    for (const { file } of byPath.get(path)?.imports ?? []) {
      const cycle = file === undefined ? undefined : visit(file, [...trail, path]);
      if (cycle !== undefined) return cycle;
    }
    return undefined;
  };
  for (const { path } of files) {
    const cycle = visit(path, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
