import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8');
const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));

describe('dependencies', () => {
  it('each have a line that says why', () => {
    const { dependencies, devDependencies, optionalDependencies } = read('package.json');
    const names = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
    const told = (name: string): boolean => page.includes(`\`${name.startsWith('@types/') ? '@types/*' : name}\``);
    assert.deepEqual(
      names.filter((name) => !told(name)),
      [],
    );
  });

  it('are pinned, and name no registry', () => {
    const { dependencies, devDependencies, optionalDependencies } = read('package.json');
    const versions = Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies }) as string[];
    assert.deepEqual(
      versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version)),
      [],
    );
    assert.ok(!readFileSync(join(root, 'package-lock.json'), 'utf8').includes('"resolved"'));
  });

  it('are in the lockfile for every platform, or npm ci refuses it', () => {
    const packages = read('package-lock.json').packages as Record<string, { optionalDependencies?: object }>;
    const missing = Object.values(packages)
      .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
      .filter((name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)));
    assert.deepEqual(missing, []);
    const { name, version, license, bin, engines, ...wanted } = packages[''] as Record<string, unknown>;
    const { dependencies, devDependencies, optionalDependencies } = read('package.json');
    assert.deepEqual(wanted, { dependencies, devDependencies, optionalDependencies });
  });

  it('of production need no install script: the two that have one are left out of the build', () => {
    const packages = Object.entries(read('package-lock.json').packages) as [string, Record<string, unknown>][];
    const scripted = packages.filter(([, p]) => p['hasInstallScript'] && !p['dev'] && !p['optional']);
    assert.deepEqual(
      scripted.map(([name]) => name),
      ['node_modules/protobufjs', 'node_modules/ssh2'],
    );
    const build = readFileSync(join(root, 'scripts/bundle-options.ts'), 'utf8');
    for (const what of ['BuildKit sessions', 'ssh by ssh2']) assert.ok(build.includes(what));
  });
});
