import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import * as statusContract from '../../../src/contract/status.ts';
import { type ScriptedServer, scriptedServer } from '../client/scripted-server.ts';
import { cliEntry, folder, runCli, surroundings } from './run-cli.ts';
import { service, status } from './samples.ts';

const SERVICES = [
  service(),
  service({ name: 'worker' }),
  ...['shop', 'blog'].map((project) => service({ name: 'cache', project })),
];
const NAMES = ['web', 'worker', 'shop/cache', 'blog/cache'];

/** What each shell offers for a line that ends where the cursor is. */
const OFFERS: Readonly<Record<string, (script: string, words: readonly string[]) => readonly string[]>> = {
  bash: (script, words) => [
    '--norc',
    '-c',
    `source ${script}; COMP_WORDS=(${words.map(quoted).join(' ')}); COMP_CWORD=${words.length - 1}; _orca; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ],
  zsh: (script, words) => [
    '-f',
    '-c',
    `compdef() { : }; compadd() { shift; print -l -- "$@" }; _files() { print files }; _describe() { print -l -- "\${(@P)2%%:*}" }
source ${script}; words=(${words.map(quoted).join(' ')}); CURRENT=${words.length}; _orca`,
  ],
  fish: (script, words) => ['--no-config', '-c', `source ${script}; complete -C ${quoted(words.join(' '))}`],
};
const quoted = (text: string): string => `'${text}'`;

describe('orca completion', () => {
  let server: ScriptedServer;
  before(async () => {
    server = await scriptedServer([[statusContract.status, () => ({ json: status(SERVICES) })]]);
  });
  after(() => server.close());

  for (const [shell, offer] of Object.entries(OFFERS)) {
    const isThere = spawnSync(shell, ['--version']).status === 0;

    it(`${shell} offers verbs, options and names of services`, { skip: !isThere && `no ${shell} here` }, async (t) => {
      const dir = await folder(t);
      const orca = join(dir, 'orca');
      await writeFile(orca, `#!/bin/sh\nexec '${process.execPath}' '${await cliEntry()}' "$@"\n`);
      await chmod(orca, 0o755);
      const { code, stdout } = await runCli(['completion', shell]);
      assert.equal(code, 0);
      const script = join(dir, 'script');
      await writeFile(script, stdout);
      const { PATH = '', ...env } = surroundings({ api: server.api });
      const offered = async (...words: string[]) => {
        const run = promisify(execFile)(shell, offer(script, ['orca', ...words]), {
          env: { ...env, HOME: dir, PATH: `${dir}:${PATH}` },
        });
        const { stdout: text, stderr } = await run;
        assert.equal(stderr, '', words.join(' '));
        return text.split('\n').flatMap((line) => line.split('\t')[0] || []);
      };
      const has = async (words: readonly string[], wanted: readonly string[]) => {
        const all = await offered(...words);
        assert.deepEqual(
          wanted.filter((one) => !all.includes(one)),
          [],
          `${words.join(' ')}: ${all.join(' ')}`,
        );
      };
      await has([''], ['deploy', 'rollback', 'completion']);
      await has(['logs', ''], NAMES);
      await has(['--context', 'prod', 'rollback', ''], []);
      await has(['rollback', '--'], ['--to', '--detach', '--json']);
      await has(['completion', ''], ['bash', 'zsh', 'fish']);
      assert.ok(!(await offered('rollback', '--')).includes('--follow'));
    });
  }

  it('names are of the server, each as it can be typed', async () => {
    const { code, stdout } = await runCli(['completion', 'names'], { api: server.api });
    assert.deepEqual([code, stdout.trim().split('\n')], [0, NAMES]);
  });

  it('offers nothing that a shell would run, whatever a server says', async (t) => {
    const hostile = ['$(touch /tmp/orca)', '`id`', 'a b', '-rf', 'web\nworker', '*', ''];
    const named = [
      ...hostile.map((name) => service({ name })),
      service({ project: '$(id)' }),
      service({ name: 'worker' }),
    ];
    const impostor = await scriptedServer([[statusContract.status, () => ({ json: status(named) })]]);
    t.after(() => impostor.close());
    const { stdout } = await runCli(['completion', 'names'], { api: impostor.api });
    assert.equal(stdout, 'worker\n');
  });

  it('has no names, and nothing to say, where no server answers, or none in time', async (t) => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    t.after(() => {
      silent.closeAllConnections();
      silent.close();
    });
    const { port } = silent.address() as AddressInfo;
    for (const api of [`http://127.0.0.1:${port}`, 'http://127.0.0.1:1'])
      assert.deepEqual(await runCli(['completion', 'names'], { api }), { code: 0, stdout: '', stderr: '' });
  });

  it('of a shell that it does not know is refused', async () => {
    const { code, stderr } = await runCli(['completion', 'tcsh']);
    assert.equal(code, 1);
    assert.match(stderr, /there is no completion for "tcsh"\nhint: there is: bash, zsh, fish/);
  });
});
