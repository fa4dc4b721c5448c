import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { VERBS } from '../../../cli/verbs.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';

const root = join(import.meta.dirname, '../../..');
const read = (page: string): string => readFileSync(join(root, 'docs', page), 'utf8');
const blocks = (page: string, language: string): string[] =>
  [...read(page).matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map(([, block = '']) => block);

const WITH_MANIFESTS = [
  'deploys.md',
  'files.md',
  'health.md',
  'https.md',
  'names.md',
  'order.md',
  'release.md',
  'secrets.md',
  'webhooks.md',
];

/** An example may leave out what is not its matter: the project, or all of the service but the keys that it shows. */
const whole = (example: string): string => {
  const isOfService = !/^services:/m.test(example);
  const service = `services:\n  web:\n    image: acme/web:1\n    port: 80\n    domain: example.com\n`;
  const services = isOfService ? service + example.replaceAll(/^(?=.)/gm, '    ') : example;
  return /^project:/m.test(example) ? services : `project: shop\n${services}`;
};

for (const page of WITH_MANIFESTS) {
  it(`docs/${page} shows manifests that orca takes`, () => {
    const manifests = blocks(page, 'yaml');
    assert.ok(manifests.length > 0);
    for (const manifest of manifests) {
      const readSource = () => Buffer.from('a = 1\n');
      assert.ok(parseManifest(whole(manifest), { file: page, env: {}, readSource }).specs.length > 0);
    }
  });
}

for (const page of [...WITH_MANIFESTS, 'disk.md', 'one-off.md', 'registries.md', 'rollback.md']) {
  describe(`docs/${page}`, () => {
    it('names only commands that orca has', async () => {
      const known = new Set(VERBS.map(({ name }) => name));
      const commands = [...read(page).matchAll(/(?:`|^|\| )orca ([a-z-]+)/gm)].map(([, verb = '']) => verb);
      assert.deepEqual(
        commands.filter((verb) => !known.has(verb) && verb !== 'server'),
        [],
      );
    });
  });
}

describe('docs/secrets.md', () => {
  it('uses flags that `orca secrets` has', async () => {
    const { secrets } = await import('../../../cli/commands/secrets.ts');
    const { Command } = await import('commander');
    const command = new Command();
    secrets.define(command);
    const known = command.options.flatMap(({ long, short }) => [long, short]);
    const lines = blocks('secrets.md', 'sh').flatMap((block) => block.split('\n'));
    const flags = lines.flatMap((line) => [...line.matchAll(/ (--?[a-z-]+)/g)].map(([, flag]) => flag));
    assert.ok(flags.length > 5);
    assert.deepEqual(
      flags.filter((flag) => !known.includes(flag)),
      [],
    );
  });
});

describe('docs/one-off.md', () => {
  it('shows commands that orca has, with flags that they have', async () => {
    const { Command } = await import('commander');
    const lines = blocks('one-off.md', 'sh').flatMap((block) => block.split('\n'));
    const calls = lines.flatMap((line) => [...(line.split(' -- ')[0] ?? '').matchAll(/orca ([a-z]+)([^#|>]*)/g)]);
    assert.ok(calls.length > 10);
    for (const [call, name, rest = ''] of calls) {
      const verb = await VERBS.find((one) => one.name === name)?.load?.();
      assert.ok(verb, call);
      const command = new Command();
      verb.define(command);
      const known = [...command.options.flatMap(({ long, short }) => [long, short]), '--json'];
      for (const [, flag] of rest.matchAll(/ (--?[a-z][a-z-]*)/g)) assert.ok(known.includes(flag), call);
    }
  });
});
