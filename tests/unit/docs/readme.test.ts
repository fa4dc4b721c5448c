import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { VERBS } from '../../../cli/verbs.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';

const root = join(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const blocks = (page: string, language: string): string[] =>
  [...read(page).matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map(([, block = '']) => block);

describe('README.md', () => {
  it('shows a manifest that orca takes', () => {
    const [manifest, ...more] = blocks('README.md', 'yaml');
    assert.equal(more.length, 0);
    const { services } = parseManifest(manifest ?? '', { file: 'README.md' });
    assert.equal(services.length, 1);
  });

  it('names only commands that orca has', () => {
    const known = ['server', 'ingress', ...VERBS.map(({ name }) => name)];
    const examples = ['hello', 'webhook', 'shop'].map((name) => `examples/${name}/README.md`);
    const commands = ['README.md', 'scripts/demo.sh', ...examples].flatMap((page) =>
      [...read(page).matchAll(/\.\/cli\/orca ([a-z]+)/g)].map(([, verb = '']) => verb),
    );
    assert.ok(commands.length > 8, commands.join());
    assert.deepEqual(
      commands.filter((verb) => !known.includes(verb)),
      [],
    );
  });

  it('names only forms of install.sh that it knows', () => {
    const usage = read('install.sh');
    const forms = [...read('README.md').matchAll(/^\.\/install\.sh ([a-z -]+?) *(?:#|$)/gm)].map(
      ([, form = '']) => form,
    );
    assert.deepEqual(forms, ['--demo', '--demo --stop', '--here']);
    for (const form of forms) assert.ok(usage.includes(`./install.sh ${form} `), form);
  });
});
